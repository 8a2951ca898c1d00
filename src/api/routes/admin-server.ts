import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { type AdminRoutesOptions, addAdminRoutes } from "./admin-routes.js";

const requestMs = 10_000;

/** A port of its own for operators: what needs no user, and should not be reached by any. */
export async function startAdminServer(
  parts: AdminRoutesOptions,
  where: { host: string; port: number },
): Promise<{ port: number; close(): Promise<void> }> {
  const app = fastify({ logger: false, forceCloseConnections: true, requestTimeout: requestMs });
  addAdminRoutes(app, parts);
  await app.listen(where);
  return { port: (app.server.address() as AddressInfo).port, close: () => app.close() };
}
