import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CancelTaskDocument } from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import { seenBy } from "../../support/openai-vendor.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit, create, credits, readTask } from "../../support/tasks.js";
import { until } from "../../support/until.js";

let product: Product;
let users: Client[];
beforeAll(async () => {
  product = await startProduct({
    settings: { SIGNUP_CREDITS: "5000", MAX_CONCURRENT_TASKS: "1000", DYUAPI_TIMEOUT_MS: "20000" },
  });
  users = await Promise.all([1, 2, 3, 4].map(() => product.user()));
});
afterAll(() => product.close());

let prompts = 0;
/** A task that the vendor takes, if it is sent, and never finishes. */
async function order(user: Client): Promise<{ user: Client; taskId: string; prompt: string }> {
  const prompt = `[fault:stuck] number ${prompts++}`;
  return { user, prompt, taskId: await create(user, { prompt }) };
}

const timesSent = (prompt: string) => seenBy(product.sandbox, prompt).times;

/** Cancels a task. When the answer is CANCELED, also how often the vendor had been sent the prompt by then. */
async function cancel({ user, taskId, prompt }: Awaited<ReturnType<typeof order>>) {
  const { data, errors } = await user.execute(CancelTaskDocument, { input: { taskId } });
  const sentBefore = timesSent(prompt);
  if (data) return { answer: data.cancelTask.task.status, prompt, sentBefore };
  return { answer: errors?.[0]?.extensions.code, prompt, sentBefore: null };
}

async function submissionsEnd(): Promise<void> {
  await until("the last submission", async () => {
    const [row] = await product.app.db.execute<{ open: number }>(sql`
      select (select count(*) from pgboss.job where name = 'submit-task' and state < 'completed')
        + (select count(*) from task_attempts where outcome = 'SENDING') + (select count(*) from new_tasks) as open`);
    return Number(row?.open) === 0;
  });
}

async function expectNoneSentAfterCancel(cancels: Awaited<ReturnType<typeof cancel>>[]): Promise<void> {
  await submissionsEnd();
  const canceled = cancels.filter(({ answer }) => answer === "CANCELED");
  expect(canceled.filter(({ prompt, sentBefore }) => timesSent(prompt) !== sentBefore)).toEqual([]);
  expect(cancels.filter(({ answer }) => answer !== "CANCELED" && answer !== "CONFLICT")).toEqual([]);
}

test("no prompt reaches the vendor after its task was answered as canceled, whenever the cancel comes", async () => {
  const pauses = fc.sample(fc.integer({ min: 0, max: 150 }), { numRuns: 120, seed: 14 });
  const cancels = await Promise.all(
    pauses.map(async (pauseMs, n) => {
      const ordered = await order(users[n % users.length] as Client);
      await sleep(pauseMs);
      return cancel(ordered);
    }),
  );
  await expectNoneSentAfterCancel(cancels);
  expect(cancels.some(({ answer }) => answer === "CANCELED")).toBe(true);
});

test("the same while the database is slow to begin an attempt", async () => {
  const { db } = product.app;
  await db.execute(sql`create function slow_attempt() returns trigger language plpgsql as
    'begin perform pg_sleep(1.5); return new; end'`);
  await db.execute(
    sql`create trigger slow_attempt before insert on task_attempts for each row execute function slow_attempt()`,
  );
  // Fewer than the server has connections, so that no cancel waits for one.
  const orders = await Promise.all(
    Array.from({ length: 12 }, (_, n) => order(users[n % users.length] as Client)),
  );
  await until("attempts that are being written", async () => {
    const [row] = await db.execute<{ begun: number }>(sql`
      select count(*) as begun from pg_stat_activity
      where state = 'active' and wait_event = 'PgSleep' and datname = current_database()`);
    return Number(row?.begun) === orders.length;
  });
  const cancels = await Promise.all(orders.map(cancel));
  await db.execute(sql`drop trigger slow_attempt on task_attempts`);
  await expectNoneSentAfterCancel(cancels);
  expect(cancels.map(({ answer, prompt }) => [answer, timesSent(prompt)])).toEqual(
    orders.map(() => ["CANCELED", 0]),
  );
});

test("a cancel while the vendor hesitates is CONFLICT, and the task goes on", async () => {
  const user = await product.user();
  const prompt = "[fault:slow:6000 x1] a vendor that hesitates";
  const taskId = await create(user, { prompt });
  await until("the submission", () => timesSent(prompt) === 1);
  const { errors } = await user.execute(CancelTaskDocument, { input: { taskId } });
  expect(errors?.[0]?.extensions).toMatchObject({ code: "CONFLICT", retryAfterMs: 2_000 });
  expect((await readTask(user, taskId)).status).not.toBe("CANCELED");
  expect(await credits(user)).toEqual({ free: 4990, held: 10 });
});

test("the audit agrees", async () => {
  expect(await audit(product)).toEqual([]);
});
