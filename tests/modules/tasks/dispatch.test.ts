import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CreateTaskDocument, CreateTasksDocument } from "../../../src/generated/operations.js";
import { dispatchTasks } from "../../../src/modules/tasks/dispatch/dispatch-tasks.js";
import { takeNewTasks } from "../../../src/modules/tasks/dispatch/new-tasks.repository.js";
import type { TaskContext } from "../../../src/modules/tasks/index.js";
import { uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { create } from "../../support/tasks.js";

let product: Product;
let context: TaskContext;
beforeAll(async () => {
  const settings = { SIGNUP_CREDITS: "100000", MAX_CONCURRENT_TASKS: "10000", MAX_TASKS_PER_DAY: "10000" };
  product = await startProduct({ settings, worker: false });
  context = product.app.modules.tasks.context;
});
afterAll(() => product.close());

interface Waiting extends Record<string, unknown> {
  task: string;
  user: string;
  request: string | null;
}

async function jobsOf(ids: string[]): Promise<Waiting[]> {
  const uuids = ids.map((id) => uuidFromPublicId("task", id));
  return product.app.db.execute<Waiting>(sql`
    select singleton_key as task, group_id as user, data->'origin'->>'requestId' as request from pgboss.job
    where name = 'submit-task' and singleton_key = any(${sql.param(uuids)}::text[]) order by 1`);
}

async function newOnes(): Promise<number> {
  const [row] = await product.app.db.execute<{ count: number }>(
    sql`select count(*)::int as count from new_tasks`,
  );
  return row!.count;
}

async function createMany(ana: Client, count: number): Promise<string[]> {
  const prompts = Array.from({ length: count }, (_, n) => ({ prompt: `take ${n}` }));
  const { createTasks } = await ana.request(CreateTasksDocument, { input: { tasks: prompts } });
  return createTasks.tasks.map(({ id }) => id);
}

test("a new task waits without a job until a worker gives it one, under its user and its request", async () => {
  const ana = await product.user();
  const { headers, data } = await ana.rawRequest(CreateTaskDocument, { input: { prompt: "waits" } });
  const id = data!.createTask.task.id;
  expect(await jobsOf([id])).toEqual([]);
  expect(await dispatchTasks(context)).toBe(1);
  const [job, ...others] = await jobsOf([id]);
  expect(others).toEqual([]);
  const { me } = (await ana.request("{ me { id } }")) as { me: { id: string } };
  expect(job).toEqual({
    task: uuidFromPublicId("task", id),
    user: uuidFromPublicId("user", me.id),
    request: headers.get("x-request-id"),
  });
  expect(await dispatchTasks(context)).toBe(0);
  expect(await newOnes()).toBe(0);
});

test("workers that dispatch at the same time give each task one job", async () => {
  const ana = await product.user();
  const ids = [...(await createMany(ana, 20)), ...(await createMany(ana, 20)), await create(ana)];
  const counts = await Promise.all(Array.from({ length: 4 }, () => dispatchTasks(context)));
  expect(counts.reduce((sum, count) => sum + count)).toBe(41);
  expect(await jobsOf(ids)).toHaveLength(41);
  expect(await newOnes()).toBe(0);
});

test("a worker skips the tasks that another one is dispatching, and dispatches them if that one fails", async () => {
  const ana = await product.user();
  await createMany(ana, 20);
  const failed = product.app.db.transaction(async (tx) => {
    expect(await takeNewTasks(tx, 15)).toHaveLength(15);
    expect(await dispatchTasks(context)).toBe(5);
    throw new Error("it dies");
  });
  await expect(failed).rejects.toThrow("it dies");
  expect(await dispatchTasks(context)).toBe(15);
});

test("a task whose job cannot be enqueued stays listed as new", async () => {
  const ana = await product.user();
  const id = await create(ana);
  const { db } = product.app;
  await db.execute(sql`alter schema pgboss rename to pgboss_away`);
  await expect(dispatchTasks(context)).rejects.toThrow();
  await db.execute(sql`alter schema pgboss_away rename to pgboss`);
  expect(await newOnes()).toBe(1);
  expect(await dispatchTasks(context)).toBe(1);
  expect(await jobsOf([id])).toHaveLength(1);
});
