import { count, eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { banHooks } from "../../src/app/ban-hooks.js";
import { Bans } from "../../src/modules/accounts/index.js";
import { tasks } from "../../src/modules/tasks/tasks.tables.js";
import { uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { StubbornSocket } from "./stubborn-socket.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct({ worker: false });
});
afterAll(() => product.close());

let created = 0;
function createTask() {
  created += 1;
  const query = 'mutation { createTask(input: { prompt: "a cat", durationSec: 10 }) { task { id } } }';
  return { id: String(created), type: "subscribe", payload: { query } };
}

const ends: Record<string, (user: Client) => Promise<unknown>> = {
  logout: (user) => user.request("mutation { logout }"),
  "a ban": ({ userId }) => {
    const { db, clock, bus: events } = product.app;
    return new Bans({ db, clock, events, hooks: banHooks }).ban(
      { userId: uuidFromPublicId("user", userId) as string },
      "abuse",
    );
  },
};

for (const [name, end] of Object.entries(ends)) {
  test(`after ${name} a socket that ignores its close creates no more tasks`, async () => {
    const user = await product.user();
    const socket = await StubbornSocket.open(product.url);
    await socket.join({ authorization: `Bearer ${user.token}` });
    socket.send(createTask());
    await socket.receives('"createTask":{');
    await end(user);
    expect(await socket.closeCode()).toBe(4403);
    await socket.sendUntilCut(createTask());
    const [row] = await product.app.db
      .select({ tasks: count() })
      .from(tasks)
      .where(eq(tasks.userId, uuidFromPublicId("user", user.userId) as string));
    expect(row?.tasks).toBe(1);
  });
}
