import { randomUUID } from "node:crypto";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RateLimit } from "../../src/api/http/rate-limit.js";
import { RateLimited } from "../../src/platform/base/common-errors.js";
import { connectRedis } from "../../src/platform/events/redis.js";
import {
  deleteExpiredCounts,
  openSharedCounter,
  type SharedCounter,
} from "../../src/platform/rate-limit/shared-counter.js";
import { sharedCounts } from "../../src/platform/rate-limit/shared-counter.tables.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { describeWith } from "../support/programs.js";
import { RedisServer } from "../support/redis-server.js";
import { until } from "../support/until.js";

const silent = pino({ level: "silent" });
const counting = { name: "requests", windowSec: 60 };

let testDb: TestDatabase;
beforeAll(async () => {
  testDb = await freshDatabase();
});
afterAll(() => testDb.drop());

function servers(howMany: number, counter: SharedCounter, requestsPerMinute: number): RateLimit[] {
  return Array.from({ length: howMany }, () => new RateLimit({ requestsPerMinute, counter, logger: silent }));
}

async function passes(server: RateLimit, caller: string): Promise<boolean> {
  try {
    await server.take(caller);
    return true;
  } catch (error) {
    if (error instanceof RateLimited) return false;
    throw error;
  }
}

/** Sends this many requests to each server, in parallel or in sequence, and counts the accepted ones. */
async function storm(at: RateLimit[], each: number, mode: "at once" | "in turn"): Promise<number> {
  const caller = randomUUID();
  const answers: boolean[] = [];
  if (mode === "at once") {
    const all = at.flatMap((server) => Array.from({ length: each }, () => passes(server, caller)));
    answers.push(...(await Promise.all(all)));
  } else {
    for (let nth = 0; nth < each; nth++) for (const server of at) answers.push(await passes(server, caller));
  }
  return answers.filter(Boolean).length;
}

type Opener = (options?: { windowSec: number }) => SharedCounter;

function itIsShared(open: Opener) {
  test.each(["at once", "in turn"] as const)("one server accepts exactly the limit, %s", async (mode) => {
    expect(await storm(servers(1, open(), 200), 300, mode)).toBe(200);
  });

  test.each(["at once", "in turn"] as const)(
    "four servers together stay within the bound, %s",
    async (mode) => {
      const block = 200 / 40;
      const passed = await storm(servers(4, open(), 200), 200, mode);
      expect(passed).toBeGreaterThanOrEqual(200);
      expect(passed).toBeLessThanOrEqual(200 + 4 * (block - 1));
    },
  );

  test("a small limit is exact across five servers", async () => {
    expect(await storm(servers(5, open(), 20), 10, "at once")).toBe(20);
    expect(await storm(servers(5, open(), 20), 10, "in turn")).toBe(20);
  });

  test("after a minute a caller is accepted again", async () => {
    const counter = open({ windowSec: 1 });
    const server = new RateLimit({ requestsPerMinute: 3, counter, logger: silent });
    for (let nth = 0; nth < 3; nth++) await server.take("ana");
    const refusal = await server.take("ana").catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(RateLimited);
    expect((refusal as RateLimited).retryAfterMs).toBeLessThanOrEqual(1_000);
    await until("the end of the window", () => passes(server, "ana"));
  });
}

describe("counted in PostgreSQL", () => {
  const open: Opener = (options) =>
    openSharedCounter({ db: testDb.database.db, redis: null }, { ...counting, ...options });
  itIsShared(open);

  test("callers below a fortieth of the limit use no shared count, others once per block", async () => {
    let asked = 0;
    const counter = open();
    const watched: SharedCounter = {
      add: (key, points) => {
        asked += 1;
        return counter.add(key, points);
      },
    };
    const [server] = servers(1, watched, 600) as [RateLimit];
    for (let nth = 0; nth < 14; nth++) await server.take("quiet");
    expect(asked).toBe(0);
    for (let nth = 0; nth < 600; nth++) await server.take("busy");
    expect(asked).toBe(40);
    for (let nth = 0; nth < 100; nth++) expect(await passes(server, "busy")).toBe(false);
    expect(asked).toBe(40);
  });

  test("while the shared counts are unavailable, each server applies the limit alone and logs it once", async () => {
    const logged: string[] = [];
    const logger = pino({ level: "warn" }, { write: (line: string) => void logged.push(line) });
    const counter: SharedCounter = { add: () => Promise.reject(new Error("away")) };
    const server = new RateLimit({ requestsPerMinute: 80, counter, logger });
    expect(await storm([server], 100, "at once")).toBe(80);
    expect(logged).toHaveLength(1);
  });

  test("only expired counts are deleted", async () => {
    const { db } = testDb.database;
    await db.delete(sharedCounts);
    await open().add("ana", 1);
    await deleteExpiredCounts(db, new Date());
    expect(await db.$count(sharedCounts)).toBe(1);
    await deleteExpiredCounts(db, new Date(Date.now() + 61_000));
    expect(await db.$count(sharedCounts)).toBe(0);
  });
});

describeWith("redis-server", "counted in Redis", (program) => {
  let server: RedisServer;
  let redis: ReturnType<typeof connectRedis>;
  const open: Opener = (options) =>
    openSharedCounter({ db: testDb.database.db, redis }, { ...counting, ...options });
  beforeAll(async () => {
    server = await RedisServer.start(program);
    redis = connectRedis(server.url, silent);
    await until("the connection", () => redis.status === "ready");
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  itIsShared(open);

  test("while Redis is unavailable no request is rejected, and afterwards it counts again", async () => {
    const [limit] = servers(1, open(), 40) as [RateLimit];
    await server.stop();
    expect(await storm([limit], 60, "in turn")).toBe(40);
    await server.start();
    await until("the connection", () => redis.status === "ready");
    expect(await storm(servers(3, open(), 30), 30, "at once")).toBe(30);
  });
});
