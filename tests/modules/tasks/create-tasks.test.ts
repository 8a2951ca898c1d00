import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { insertTasks, type PricedTasks } from "../../../src/modules/tasks/steps/create-tasks.repository.js";
import { balancesOf } from "../../../src/modules/wallet/index.js";
import { newUuid, uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct({ settings: { SIGNUP_CREDITS: "100" }, worker: false });
});
afterAll(() => product.close());

const limits = { openMax: 100, perDayMax: 100, day: new Date().toISOString().slice(0, 10) };

async function idOf(client: Client): Promise<string> {
  const { me } = (await client.request("{ me { id } }")) as { me: { id: string } };
  return uuidFromPublicId("user", me.id)!;
}

function callOf(userId: string, costs: number[], key: string | null = null): PricedTasks {
  const tasks = costs.map((costCredits) => ({
    ...{ id: newUuid(), userId, prompt: "together", durationSec: 10, ratio: "RATIO_9_16" as const },
    ...{
      model: "sora2",
      hd: false,
      note: null,
      projectId: null,
      referenceImageId: null,
      batchId: null,
      remix: null,
    },
    ...{ costCredits, nextCheckAt: new Date() },
  }));
  return { userId, mutation: "createTask", key, input: { costs }, tasks, requestInfo: undefined };
}

test("one statement for many users skips the calls that do not fit or used their key before", async () => {
  const [ana, ben, cleo] = await Promise.all([product.user(), product.user(), product.user()]);
  const users = await Promise.all([ana, ben, cleo].map((client) => idOf(client!)));
  const db = product.app.db;
  const calls = [callOf(users[0]!, [30, 40], "k"), callOf(users[1]!, [60, 60]), callOf(users[2]!, [10])];
  const [first, second, third] = await insertTasks(db, calls, limits);
  expect(first!.wallet).toMatchObject({ creditsFree: 30, creditsHeld: 70 });
  expect(first!.tasks.map(({ id }) => id)).toEqual(calls[0]!.tasks.map(({ id }) => id));
  expect(second).toBeNull();
  expect(third!.wallet).toMatchObject({ creditsFree: 90, creditsHeld: 10 });

  const again = [callOf(users[0]!, [30, 40], "k"), callOf(users[1]!, [50])];
  const [replayed, fits] = await insertTasks(db, again, limits);
  expect(replayed).toBeNull();
  expect(fits!.wallet).toMatchObject({ creditsFree: 50, creditsHeld: 50 });

  expect(await balancesOf(db, users[0]!)).toMatchObject({ creditsFree: 30, creditsHeld: 70 });
  const [stored] = await db.execute<{ count: number }>(sql`select count(*)::int as count from tasks`);
  expect(stored!.count).toBe(4);
});
