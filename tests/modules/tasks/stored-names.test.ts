import { sql } from "drizzle-orm";
import { PgBoss } from "pg-boss";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attemptsToReconcile } from "../../../src/modules/tasks/reconcile/reconcile.repository.js";
import {
  checkQueue,
  ingestQueue,
  reconcileQueue,
  taskQueues,
} from "../../../src/modules/tasks/tasks.jobs.js";
import { taskById } from "../../../src/modules/tasks/tasks.repository.js";
import { migrateDatabase } from "../../../src/platform/db/migrations.js";
import { createBus } from "../../../src/platform/events/create-bus.js";
import { newUuid } from "../../../src/platform/ids/ids.js";
import { BossJobs, deadLetterQueue } from "../../../src/platform/jobs/boss.js";
import { bossDatabase } from "../../../src/platform/jobs/boss-database.js";
import { DeadLetters } from "../../../src/platform/jobs/dead-letters.js";
import type { TestDatabase } from "../../support/database.js";
import { databaseBefore } from "../../support/old-database.js";

const logger = pino({ level: "silent" });
const [running, waiting, delayed, dead, checked] = Array.from({ length: 5 }, newUuid) as [
  ...[string, string, string, string, string],
];
const nextCheckAt = new Date("2026-11-01T10:00:00Z");
const reconcileAt = new Date("2026-11-01T11:00:00Z");

/** A database with tasks and jobs as the release before the new names wrote them. */
let old: TestDatabase;
beforeAll(async () => {
  old = await databaseBefore("stored_names");
  const { db } = old.database;
  const userId = newUuid();
  await db.execute(sql`
    insert into users (id, phone, nickname, created_at) values (${userId}, '+8613912345678', 'Ana', now())`);
  await db.execute(sql`
    insert into tasks (id, user_id, prompt, duration_sec, ratio, model, hd, cost_credits, status, failure_code,
      finished_at, next_look_at)
    values (${checked}, ${userId}, 'a cat', 10, 'RATIO_9_16', 'sora2', false, 10, 'FAILURE', 'TIMEOUT', now(),
      ${nextCheckAt.toISOString()})`);
  await db.execute(sql`
    insert into task_attempts (id, task_id, vendor, vendor_model, outcome, sender_id, vendor_task_id, sent, ended_at,
      ask_again_at)
    values (${newUuid()}, ${checked}, 'a', 'm', 'ACCEPTED', 1, 'v1', '{}', now(), ${reconcileAt.toISOString()})`);
  await db.execute(sql`insert into new_tasks values (${waiting}, '{"requestId": "r1"}')`);

  const boss = new PgBoss({ db: bossDatabase(db), schedule: false, supervise: false });
  await boss.start();
  await boss.createQueue(deadLetterQueue);
  for (const name of ["take-in-video", "ask-late-answers", "check-task"]) {
    await boss.createQueue(name, { policy: "short", deadLetter: deadLetterQueue, retryLimit: 0 });
  }
  const ingest = (taskId: string, options = {}) =>
    boss.send("take-in-video", { taskId, tries: 2 }, { singletonKey: taskId, ...options });
  await ingest(dead);
  const [failing] = await boss.fetch("take-in-video");
  await boss.fail("take-in-video", failing!.id, { message: "its disk was full" });
  await ingest(running);
  await boss.fetch("take-in-video");
  await ingest(waiting);
  await ingest(delayed, { startAfter: 3600 });
  await boss.send("check-task", { taskId: checked, looks: 7 }, { singletonKey: checked });
  await boss.schedule("ask-late-answers", "*/5 * * * *", {});
  await boss.send("ask-late-answers", {});
  await boss.stop({ graceful: false });
  await migrateDatabase(old.url);
});
afterAll(() => old.drop());

async function jobsOf(queue: string) {
  const rows = await old.database.db.execute<{ task: string; state: string; data: object }>(sql`
    select data->>'taskId' as task, state, data from pgboss.job where name = ${queue}`);
  return Map.groupBy(rows, ({ task }) => task);
}

test("tasks, attempts and new tasks keep their values under the new names", async () => {
  const { db } = old.database;
  expect(await taskById(db, checked)).toMatchObject({ nextCheckAt });
  const [open] = await attemptsToReconcile(db, null, 10);
  expect(open?.attempt).toMatchObject({ vendorTaskId: "v1", reconcileAt });
  const [listed] = await db.execute(sql`select request_info from new_tasks`);
  expect(listed).toEqual({ request_info: { requestId: "r1" } });
});

test("every job of a renamed queue is in the new one, in its state, and runs there", async () => {
  const { db } = old.database;
  const bus = createBus({ directUrl: old.url, redis: null }, logger);
  const jobs = await BossJobs.start({ db, bus, logger, queues: taskQueues, supervise: false });
  try {
    const moved = await jobsOf(ingestQueue.name);
    expect(moved.get(running)).toMatchObject([{ state: "active" }]);
    expect(moved.get(waiting)).toMatchObject([{ state: "created", data: { tries: 2 } }]);
    expect(moved.get(delayed)).toMatchObject([{ state: "created" }]);
    expect((await jobsOf("take-in-video")).size).toBe(0);
    expect((await jobsOf(reconcileQueue.name)).size).toBe(1);

    const [next] = await jobs.boss.fetch(ingestQueue.name);
    expect(next?.data).toMatchObject({ taskId: waiting, tries: 2 });
    await jobs.boss.complete(ingestQueue.name, next!.id);
    // The key of the delayed job still excludes a second one.
    const again = await jobs.boss.send(ingestQueue.name, { taskId: delayed }, { singletonKey: delayed });
    expect(again).toBeNull();
    expect((await jobsOf(checkQueue.name)).get(checked)).toMatchObject([{ data: { polls: 7 } }]);
    expect(await jobs.boss.getSchedules()).toEqual([]);
    expect((await jobs.boss.getQueues()).map(({ name }) => name)).not.toContain("take-in-video");
  } finally {
    await jobs.stop();
    await bus.close();
  }
});

test("a dead letter of a renamed queue names the new one and is retried there", async () => {
  const bus = createBus({ directUrl: old.url, redis: null }, logger);
  const letters = await DeadLetters.open(old.database.db, bus);
  try {
    const [letter] = await letters.list();
    expect(letter).toMatchObject({ queue: ingestQueue.name, payload: { taskId: dead } });
    expect(await letters.retry([letter!.id])).toBe(1);
    const states = (await jobsOf(ingestQueue.name)).get(dead)?.map(({ state }) => state);
    expect(states).toContain("created");
  } finally {
    await letters.close();
    await bus.close();
  }
});
