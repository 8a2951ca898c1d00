import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CreateTaskDocument,
  LoginDocument,
  RefreshSessionDocument,
  RequestLoginCodeDocument,
} from "../../src/generated/operations.js";
import { hold } from "../../src/modules/wallet/index.js";
import { DatabaseClock } from "../../src/platform/db/database-clock.js";
import { newUuid } from "../../src/platform/ids/ids.js";
import { createLogger } from "../../src/platform/observability/logger.js";
import { openSharedCounter } from "../../src/platform/rate-limit/shared-counter.js";
import type { Client } from "../support/client.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { Fleet } from "../support/fleet.js";
import { fixedCode } from "../support/product.js";
import { newPhone } from "../support/seed.js";
import { ServerProcess } from "../support/server-process.js";
import { create, ended } from "../support/tasks.js";

const hourMs = 3600 * 1000;
const tasksPerDay = 6;
let testDb: TestDatabase;
beforeAll(async () => {
  testDb = await freshDatabase();
});
afterAll(() => testDb.drop());

describe("servers whose clocks are wrong, one ahead and one behind", () => {
  let fleet: Fleet;
  let servers: ServerProcess[];

  const startWith = (shiftMs: number) =>
    ServerProcess.start({ ...fleet.settings(), CLOCK_SHIFT_MS: String(shiftMs) }, ["serve"], {
      preload: "./tests/support/shifted-clock.mjs",
    });

  beforeAll(async () => {
    fleet = await Fleet.open({
      ...{ DATABASE_URL: testDb.url, PUBLIC_URL: "http://localhost", SIGNUP_CREDITS: "1000" },
      ...{ MAX_TASKS_PER_DAY: String(tasksPerDay), TASK_TIMEOUT_MS: "120000" },
    });
    // By more than a day, so that their dates differ from the database's and every token would have expired.
    servers = await Promise.all([startWith(26 * hourMs), startWith(-26 * hourMs)]);
  });
  afterAll(() => fleet.close());

  const at = (server: ServerProcess, like?: Client) =>
    Object.assign(server.client(), { token: like?.token, refreshToken: like?.refreshToken });

  /** Logged in on the first server. */
  const user = async () => {
    const client = at(servers[0] as ServerProcess);
    await client.logIn(newPhone(), fixedCode);
    return client;
  };
  const elsewhere = (client: Client) => at(servers[1] as ServerProcess, client);

  test("tasks take seconds, whichever server creates them and whichever runs their jobs", async () => {
    const ana = await user();
    for (const client of [ana, elsewhere(ana), ana]) {
      const task = await ended(client, await create(client));
      expect(task).toMatchObject({ status: "SUCCESS", progress: 100 });
      const age = Math.abs(Date.parse(task.finishedAt as string) - Date.now());
      expect(age).toBeLessThan(hourMs);
    }
  });

  test("a link from one server works on the other", async () => {
    const ana = await user();
    const { video } = await ended(ana, await create(ana));
    for (const server of servers) {
      const { pathname, search } = new URL(video?.previewUrl as string);
      expect((await fetch(server.url + pathname + search)).status).toBe(200);
    }
  });

  test("codes, tokens and refresh tokens from one server work on the other, and last as long as they state", async () => {
    const phone = newPhone();
    const [here, there] = servers.map((server) => at(server)) as [Client, Client];
    await here.request(RequestLoginCodeDocument, { input: { phone } });
    expect(await there.errorCode(RequestLoginCodeDocument, { input: { phone } })).toBe("RATE_LIMITED");
    const { login: session } = await there.request(LoginDocument, { input: { phone, code: fixedCode } });
    for (const client of [here, there]) {
      client.token = session.accessToken;
      expect(await client.request("{ me { id } }")).toMatchObject({ me: { id: expect.any(String) } });
    }
    const lifeMs = Date.parse(session.accessTokenExpiresAt) - Date.now();
    expect(lifeMs).toBeGreaterThan(0);
    expect(lifeMs).toBeLessThan(2 * hourMs);
    const input = { refreshToken: session.refreshToken };
    expect(await here.request(RefreshSessionDocument, { input })).toBeTruthy();
  });

  test("both servers share the day's quota", async () => {
    const ana = await user();
    const both = [ana, elsewhere(ana)];
    for (let n = 0; n < tasksPerDay; n++)
      await create(both[n % 2] as Client, { prompt: `[fault:reject] ${n}` });
    for (const client of both)
      expect(await client.errorCode(CreateTaskDocument, { input: { prompt: "too many" } } as never)).toBe(
        "QUOTA_EXCEEDED",
      );
  });
});

test("the quota's day never moves back, on any server", async () => {
  const { db } = testDb.database;
  const { id: userId } = await testDb.seed.user().withCredits(100);
  const take = (day: string) =>
    db.transaction((tx) =>
      hold(tx, [{ userId, taskId: newUuid(), credits: 1 }], { openMax: 100, perDayMax: 2, day }),
    );
  const [before, day, after] = ["2026-01-30", "2026-01-31", "2026-02-01"] as const;
  await take(day);
  await take(before);
  for (const asked of [before, day, before])
    await expect(take(asked)).rejects.toMatchObject({ limit: "today" });
  await take(after);
  await take(day);
  await expect(take(after)).rejects.toMatchObject({ limit: "today" });
});

test("the database's clock is used, however slow its response is", async () => {
  const clock = await DatabaseClock.start(
    testDb.database.db,
    await createLogger({ level: "fatal", pretty: false }),
  );
  const [row] = await testDb.database.db.execute<{ now: number }>(
    sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as now`,
  );
  expect(Math.abs(clock.now().getTime() - (row?.now as number))).toBeLessThan(2_000);
  clock.stop();
});

test("a counter's window goes by the database's clock", async () => {
  const counter = openSharedCounter(
    { db: testDb.database.db, redis: null },
    { name: "clocks", windowSec: 60 },
  );
  const key = randomUUID();
  expect(await counter.add(key, 2)).toMatchObject({ total: 2 });
  const { total, msLeft } = await counter.add(key, 3);
  expect(total).toBe(5);
  expect(msLeft).toBeGreaterThan(30_000);
  expect(msLeft).toBeLessThanOrEqual(60_000);
});
