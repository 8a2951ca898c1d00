import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { type AdminRoutesOptions, addAdminRoutes } from "./admin-routes.js";

const requestMs = 10_000;

/** A separate port with the admin routes, for operators. */
export async function startAdminServer(
  options: AdminRoutesOptions,
  address: { host: string; port: number },
): Promise<{ port: number; close(): Promise<void> }> {
  const app = fastify({ logger: false, forceCloseConnections: true, requestTimeout: requestMs });
  addAdminRoutes(app, options);
  await app.listen(address);
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}
