import { once } from "node:events";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { Client } from "../../support/client.js";
import { fixedCode, type Product, startProduct } from "../../support/product.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct({ worker: false });
});
afterAll(() => product.close());

/** Logs each of these clients in as the same user, each with its own session. */
async function sessionsOf(phone: string, count: number): Promise<Client[]> {
  const clients = Array.from({ length: count }, () => product.client());
  for (const client of clients) {
    await client.logIn(phone, fixedCode);
    // Lets the next client request a code at once.
    await product.app.db.execute(sql`update login_codes set created_at = created_at - interval '1 minute'`);
  }
  return clients;
}

async function socketOf(client: Client): Promise<WebSocket> {
  const socket = new WebSocket(`${client.url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
  await once(socket, "open");
  socket.send(
    JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${client.token}` } }),
  );
  await once(socket, "message");
  return socket;
}

test("logoutEverywhere closes every socket of the user with 4403, and leaves those of others open", async () => {
  const screens = await sessionsOf("+8613500000001", 3);
  const stranger = await product.user();
  const sockets = await Promise.all(screens.map(socketOf));
  const strangers = await socketOf(stranger);
  const closes = sockets.map((socket) => once(socket, "close"));
  const { logoutEverywhere } = await screens[0]!.request<{ logoutEverywhere: boolean }, unknown>(
    "mutation { logoutEverywhere }",
  );
  expect(logoutEverywhere).toBe(true);
  for (const close of closes) expect((await close)[0]).toBe(4403);
  for (const screen of screens) expect(await screen.errorCode("{ me { id } }")).toBe("UNAUTHENTICATED");
  expect(await stranger.errorCode("{ me { id } }")).toBeUndefined();
  expect(strangers.readyState).toBe(WebSocket.OPEN);
  strangers.close();
});

test("viewer is null for a visitor and for an ended session, and other fields of the request are still returned", async () => {
  const [client] = (await sessionsOf("+8613500000002", 1)) as [Client];
  const document = "{ viewer { id phone } models { id } }";
  const visitor = await product.client().execute<{ viewer: unknown; models: unknown[] }, unknown>(document);
  expect(visitor.errors).toBeUndefined();
  expect(visitor.data).toMatchObject({ viewer: null, models: expect.arrayContaining([{ id: "sora2" }]) });
  expect(await client.request(document)).toMatchObject({
    viewer: { id: client.userId, phone: "+86135****0002" },
  });
  await client.request("mutation { logout }");
  expect((await client.execute(document)).data).toMatchObject({ viewer: null });
});
