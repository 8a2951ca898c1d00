import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CreateTaskDocument, MyTaskStatusDocument, TasksDocument } from "../../src/generated/operations.js";
import { uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { audit, create, ended } from "../support/tasks.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

let product: Product;
let proxy: TcpProxy;
beforeAll(async () => {
  product = await startProduct({
    databaseAt: async (url) => {
      proxy = await TcpProxy.inFrontOf(url);
      return proxy.through(url);
    },
    settings: { SIGNUP_CREDITS: "100000", MAX_CONCURRENT_TASKS: "1000", MAX_TASKS_PER_DAY: "1000" },
  });
});
afterAll(async () => {
  proxy.heal();
  await product.close();
  await proxy.close();
});

const order = (n: number, about: string) => ({
  input: { prompt: `[fault:reject] ${about} ${n}`, idempotencyKey: `${about}-${n}` },
});
const readiness = async () => {
  const response = await fetch(`${product.url}/readyz`);
  return [response.status, ((await response.json()) as { reasons: string[] }).reasons];
};
const tasksOf = async (client: Client, about: string) => {
  const { tasks } = await client.request(TasksDocument, { first: 100 });
  return tasks.nodes.filter(({ prompt }) => prompt.includes(` ${about} `)).length;
};

/** Clients and proxies find the retry time in the status, the header and the error. */
const unavailable = {
  status: 503,
  data: null,
  errors: [
    {
      message: "We cannot answer right now. Please try again in a moment.",
      extensions: { code: "INTERNAL_SERVER_ERROR", retryAfterMs: 2000, errorId: expect.any(String) },
    },
  ],
};

test("while the database hangs, calls that wait too long get 503, and a retry under the same key creates one task", async () => {
  const ana = await product.user();
  const watched: string[] = [];
  const watch = async () => {
    for await (const { data } of ana.subscribe(MyTaskStatusDocument, {})) {
      if (data?.myTaskStatus) watched.push(`${data.myTaskStatus.id} ${data.myTaskStatus.status}`);
    }
  };
  const watching = watch().catch(() => {});
  await until("the subscription", () =>
    product.app.metrics.activeSubscriptions.get().then((m) => m.values[0]?.value),
  );
  const underWay = await create(ana, { prompt: "on its way [fault:success-late:1000]" });

  proxy.stall();
  const rejected: number[] = [];
  const answers = Array.from({ length: 80 }, async (_, n) => {
    const answer = await ana.rawRequest(CreateTaskDocument, order(n, "hanging"));
    if (answer.status !== 200) rejected.push(n);
    return answer;
  });
  expect(await readiness()).toEqual([503, ["database"]]);
  expect((await fetch(`${product.url}/healthz`)).status).toBe(200);
  await until("most calls to be rejected", () => rejected.length >= 60);
  proxy.heal();
  const all = await Promise.all(answers);
  for (const n of rejected) {
    expect(all[n]).toMatchObject(unavailable);
    expect(all[n]?.headers.get("retry-after")).toBe("2");
  }
  await until("readiness", async () => (await readiness())[0] === 200);
  await Promise.all(all.map((_, n) => ana.request(CreateTaskDocument, order(n, "hanging"))));
  expect(await tasksOf(ana, "hanging")).toBe(80);
  expect(await ended(ana, underWay)).toMatchObject({ status: "SUCCESS" });
  await until("the watcher's final state", () => watched.includes(`${underWay} SUCCESS`));
  await ana.disconnect();
  await watching;
});

test("while the database refuses connections, every call gets 503 immediately, and server and workers recover by themselves", async () => {
  const ana = await product.user();
  const underWay = await create(ana, { prompt: "in between [fault:success-late:500]" });
  proxy.refuse();
  const answers = Array.from({ length: 20 }, (_, n) =>
    ana.rawRequest(CreateTaskDocument, order(n, "refused")),
  );
  for (const answer of await Promise.all(answers)) expect(answer).toMatchObject(unavailable);
  expect(await readiness()).toEqual([503, ["database"]]);
  proxy.heal();
  await until("readiness", async () => (await readiness())[0] === 200);
  expect(await tasksOf(ana, "refused")).toBe(0);
  expect(await ended(ana, underWay)).toMatchObject({ status: "SUCCESS" });
});

test("a new task whose job cannot be queued gets it from the dispatcher moments later, not from the sweep", async () => {
  const ana = await product.user();
  const { db } = product.app;
  const from = product.logged.length;
  const logged = (text: string) => product.logged.slice(from).filter((line) => line.includes(text));
  await db.execute(sql`alter schema pgboss rename to pgboss_unavailable`);
  const id = await create(ana, { prompt: "stored without a job" });
  await until(
    "the first try",
    () => logged("new tasks could not get their jobs; the dispatcher tries again in 2 s").length > 0,
  );
  await db.execute(sql`alter schema pgboss_unavailable rename to pgboss`);
  expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS" });
  const uuid = uuidFromPublicId("task", id) as string;
  expect(logged("a task had lost its job").filter((line) => line.includes(uuid))).toEqual([]);
});

/** The database fails at these writes until the submission has logged that it waits. */
async function whileDownAt(write: string, act: () => Promise<string>): Promise<string> {
  const { db } = product.app;
  const from = product.logged.length;
  await db.execute(sql`create function go_down() returns trigger language plpgsql as $$
    begin raise exception 'going down' using errcode = '57P01'; end $$`);
  await db.execute(sql`create trigger unavailable ${sql.raw(write)} execute function go_down()`);
  const id = await act();
  await until("the first try", () =>
    product.logged.slice(from).some((line) => line.includes("a submission waits for the database")),
  );
  await db.execute(sql`drop function go_down() cascade`);
  return id;
}

test("a submission waits for an unavailable database, before and after its request: the vendor gets one request and the user the video", async () => {
  const ana = await product.user();
  for (const write of [
    "after insert on task_attempts for each row",
    "before update of next_check_at on tasks for each row when (old.status = 'NOT_START' and new.status = 'NOT_START')",
    "before update on task_attempts for each row when (new.outcome = 'ACCEPTED')",
  ]) {
    const prompt = `during ${write.slice(0, 20)}`;
    const id = await whileDownAt(write, () => create(ana, { prompt }));
    expect(await ended(ana, id), write).toMatchObject({ status: "SUCCESS" });
    const taken = product.sandbox.control.tasks().filter((task) => task.prompt === prompt);
    expect(taken.map(({ timesTaken }) => timesTaken)).toEqual([1]);
  }
});

test("at the end the audit finds no breach", async () => {
  expect(await audit(product)).toEqual([]);
});
