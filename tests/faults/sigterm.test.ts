import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CreateTaskDocument, MyTaskStatusDocument } from "../../src/generated/operations.js";
import type { SandboxVendor } from "../../src/vendors/sandbox/index.js";
import { breachesOf } from "../support/audit.js";
import type { Client } from "../support/client.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { fixedCode, settingsFor, smallFilms, startSandbox } from "../support/product.js";
import { ServerProcess } from "../support/server-process.js";
import { until } from "../support/until.js";

let sandbox: SandboxVendor;
let testDb: TestDatabase;
let dataDir: string;
let settings: Record<string, string>;
beforeAll(async () => {
  sandbox = await startSandbox();
  testDb = await freshDatabase();
  dataDir = mkdtempSync(join(tmpdir(), "skyriff-sigterm-"));
  settings = {
    ...settingsFor({ databaseUrl: testDb.url, dataDir, sandbox }),
    MODEL_CATALOG: smallFilms(dataDir),
    ...{ SIGNUP_CREDITS: "10000000", MAX_CONCURRENT_TASKS: "1000000", MAX_TASKS_PER_DAY: "1000000" },
  };
});
afterAll(async () => {
  await ServerProcess.killAll();
  await sandbox.close();
  await testDb.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** One call under its own key. Returns the task's id, or null if the call failed or was rejected. */
async function createTask(client: Client, key: string): Promise<string | null> {
  const input = { prompt: `[fault:reject] ${key}`, idempotencyKey: key };
  const answer = await client.execute(CreateTaskDocument, { input }).catch(() => null);
  return answer?.data?.createTask.task.id ?? null;
}

test("SIGTERM under load: confirmed tasks exist, unconfirmed calls can be retried, and no task exists twice", async () => {
  const first = await ServerProcess.start(settings);
  const clients = [1, 2, 3, 4].map(() => first.client());
  for (const [n, client] of clients.entries()) await client.logIn(`+861380013800${n}`, fixedCode);
  const watching = (async () => {
    for await (const _ of clients[0]!.subscribe(MyTaskStatusDocument, {}));
  })().catch((closed: unknown) => closed);

  const ids = new Map<string, string | null>();
  const lanes = Array.from({ length: 24 }, (_, lane) => ({
    lane,
    client: clients[lane % 4]!,
    keys: [] as string[],
  }));
  const load = lanes.map(async ({ lane, client, keys }) => {
    for (let key = `${lane}-0`; !first.hasEnded; key = `${lane}-${keys.length}`) {
      keys.push(key);
      const id = await createTask(client, key);
      ids.set(key, id);
      if (!id) await sleep(50);
    }
  });
  await until("some load", () => ids.size > 200);
  expect(await first.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  await Promise.all(load);
  expect(await watching).toMatchObject({ code: 1001 });
  const confirmed = [...ids].filter(([, id]) => id !== null);
  expect(confirmed.length).toBeGreaterThan(200);
  expect(confirmed.length, "some calls came too late").toBeLessThan(ids.size);

  const second = await ServerProcess.start(settings);
  for (const client of clients) Object.assign(client, { url: second.url });
  const retries = lanes.map(async ({ client, keys }) => {
    for (const key of keys)
      expect(await createTask(client, key), key).toEqual(ids.get(key) ?? expect.any(String));
  });
  await Promise.all(retries);
  const { db } = testDb.database;
  expect(await db.execute("select count(*)::int as tasks from tasks")).toEqual([{ tasks: ids.size }]);
  expect(await breachesOf(db)).toEqual([]);
  await second.kill("SIGTERM");
});
