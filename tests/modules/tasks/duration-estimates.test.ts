import { drizzle } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DurationEstimates } from "../../../src/modules/tasks/duration-estimates.js";
import type { TaskRow } from "../../../src/modules/tasks/tasks.repository.js";
import { tasks } from "../../../src/modules/tasks/tasks.tables.js";
import type { Db } from "../../../src/platform/db/index.js";
import { newUuid } from "../../../src/platform/ids/ids.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";

const minuteMs = 60_000;
let now = Date.parse("2026-03-04T12:00:00.000Z");
let testDb: TestDatabase;
let client: postgres.Sql;
let db: Db;
let usual: DurationEstimates;
const statements: string[] = [];
let userId: string;
beforeAll(async () => {
  testDb = await freshDatabase();
  client = postgres(testDb.url, { max: 2, onnotice: () => {} });
  db = drizzle(client, { logger: { logQuery: (query) => statements.push(query) } });
  userId = (await testDb.seed.user()).id;
});
beforeEach(async () => {
  await db.delete(tasks);
  usual = new DurationEstimates(db, { now: () => new Date(now) });
  statements.length = 0;
});
afterAll(async () => {
  await client.end();
  await testDb.drop();
});

interface Past {
  tookSec: number;
  waitedSec?: number;
  agoMs?: number;
  kind?: Partial<Pick<TaskRow, "model" | "durationSec" | "hd">>;
  status?: "SUCCESS" | "FAILURE";
}

async function happened(...all: Past[]): Promise<void> {
  const rows = all.map(({ tookSec, waitedSec = 0, agoMs = minuteMs, kind, status = "SUCCESS" as const }) => {
    const finishedAt = new Date(now - agoMs);
    const createdAt = new Date(finishedAt.getTime() - tookSec * 1000);
    return {
      ...order(kind),
      status,
      progress: status === "SUCCESS" ? 100 : 0,
      failureCode: status === "FAILURE" ? "INTERNAL" : null,
      createdAt,
      startedAt: new Date(createdAt.getTime() + waitedSec * 1000),
      finishedAt,
    };
  });
  await db.insert(tasks).values(rows);
}

function order(kind: Past["kind"] = {}) {
  const same = { prompt: "p", ratio: "RATIO_9_16", costCredits: 10, userId };
  return { id: newUuid(), model: "sora2", durationSec: 10, hd: false, ...same, ...kind };
}

async function estimate(task: Partial<TaskRow> = {}): Promise<string | null> {
  const row = { ...order(), createdAt: new Date(now), startedAt: null, ...task } as TaskRow;
  const learned = (await usual.load([DurationEstimates.kindOf(row)])).get(DurationEstimates.kindOf(row));
  return learned ? `${(usual.finishOf(row, learned).getTime() - now) / 1000} s` : null;
}

test("a task is expected to take as long as the median of its like, and others teach nothing", async () => {
  await happened({ tookSec: 30 }, { tookSec: 40 }, { tookSec: 3_000 });
  await happened({ tookSec: 7, kind: { durationSec: 15 } }, { tookSec: 1, status: "FAILURE" });
  expect(await estimate()).toBe("40 s");
  expect(await estimate({ durationSec: 15 })).toBe("7 s");
  expect(await estimate({ hd: true })).toBeNull();
  expect(await estimate({ model: "sora2-pro" })).toBeNull();
});

test("only the newest fifty count, so that a vendor's new pace is learned", async () => {
  await happened(...Array.from({ length: 60 }, () => ({ tookSec: 500, agoMs: 60 * minuteMs })));
  await happened(...Array.from({ length: 50 }, () => ({ tookSec: 20 })));
  expect(await estimate()).toBe("20 s");
});

test("once a task has started, its wait counts no more; one that is late is expected now, never in the past", async () => {
  await happened({ tookSec: 100, waitedSec: 60 });
  expect(await estimate()).toBe("100 s");
  expect(await estimate({ startedAt: new Date(now - 10_000), createdAt: new Date(now - 500_000) })).toBe(
    "30 s",
  );
  expect(await estimate({ createdAt: new Date(now - 500_000) })).toBe("0 s");
});

test("a list of tasks costs one statement at most, and none while what was learned is fresh", async () => {
  await happened({ tookSec: 30 }, { tookSec: 9, kind: { hd: true } });
  const kinds = [order(), order({ hd: true }), order({ model: "new" })].map((row) =>
    DurationEstimates.kindOf(row as TaskRow),
  );
  statements.length = 0;
  expect((await usual.load(kinds)).size).toBe(2);
  expect(statements).toHaveLength(1);
  await usual.load(kinds.slice(0, 2));
  expect(statements).toHaveLength(1);
  now += minuteMs;
  const known = kinds.slice(0, 2);
  const answers = await Promise.all([known, known, known].map((same) => usual.load(same)));
  expect(answers.map((answer) => answer.size)).toEqual([2, 2, 2]);
  expect(statements).toHaveLength(2);
});

test("looks into the index alone for what it learns from, however many tasks there are", async () => {
  await happened(...Array.from({ length: 2_000 }, (_, n) => ({ tookSec: n, agoMs: n * 1000 })));
  await client`analyze tasks`;
  const kind = DurationEstimates.kindOf(order() as TaskRow);
  await usual.load([kind]);
  const plan = await client.unsafe(`explain ${statements.at(-1)}`, [[kind], 50] as never[]);
  expect(JSON.stringify(plan)).toContain("Index Scan Backward using tasks_made_by_kind");
});
