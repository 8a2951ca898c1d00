import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  LogoutDocument,
  MyTaskStatusDocument,
  RequestLoginCodeDocument,
  TaskStatusDocument,
  WalletChangedDocument,
} from "../../src/generated/operations.js";
import { breachesOf } from "../support/audit.js";
import type { Client } from "../support/client.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { Fleet } from "../support/fleet.js";
import { fixedCode } from "../support/product.js";
import { describeWith } from "../support/programs.js";
import { RedisServer } from "../support/redis-server.js";
import { newPhone } from "../support/seed.js";
import type { ServerProcess } from "../support/server-process.js";
import { create } from "../support/tasks.js";
import { until } from "../support/until.js";

const requestsPerMinute = 200;
/** How many more two servers may accept; src/api/http/rate-limit.ts explains the number. */
const requestsBeyond = 2 * 2 * (requestsPerMinute / 40 - 1);

interface Setup {
  testDb: TestDatabase;
  fleet: Fleet;
  servers: [ServerProcess, ServerProcess];
}

/** One user, on each of the two servers. */
async function userOf({ servers: [here, there] }: Setup): Promise<{ phone: string; at: [Client, Client] }> {
  const phone = newPhone();
  const [first, second] = [here.client(), there.client()];
  await first.logIn(phone, fixedCode);
  Object.assign(second, { token: first.token, userId: first.userId });
  return { phone, at: [first, second] };
}

/** Subscribes to the task until it ends, which is one request. */
async function followed(client: Client, taskId: string): Promise<string[]> {
  const seen: string[] = [];
  for await (const { data } of client.subscribe(TaskStatusDocument, { taskId })) {
    if (data) seen.push(data.taskStatus.status);
  }
  return seen;
}

async function auditOf({ testDb }: Setup): Promise<unknown[]> {
  return breachesOf(testDb.database.db);
}

function itIsOneProduct(setup: () => Setup) {
  test("a subscriber on either server sees the tasks and balances of the other", async () => {
    const { at } = await userOf(setup());
    for (const [maker, watcher] of [at, at.toReversed()] as [Client, Client][]) {
      const all = watcher.subscribe(MyTaskStatusDocument, {});
      const wallet = watcher.subscribe(WalletChangedDocument, {});
      const before = (await wallet.next()).value.data.walletChanged.credits;
      const heard = all.next();
      const taskId = await create(maker);
      expect((await heard).value.data.myTaskStatus.id).toBe(taskId);
      expect((await wallet.next()).value.data.walletChanged).toMatchObject({ credits: before - 10 });
      expect((await followed(watcher, taskId)).at(-1)).toBe("SUCCESS");
      await watcher.disconnect();
    }
    expect(await auditOf(setup())).toEqual([]);
  });

  test("both servers count requests and login codes together", async () => {
    const { servers } = setup();
    const passed = [0, 0];
    const refused = [false, false];
    await until("both servers to reject requests", async () => {
      for (const [nth, server] of servers.entries()) {
        if (refused[nth]) continue;
        const { status } = await fetch(`${server.url}/graphql`, {
          method: "POST",
          headers: { "content-type": "application/json", "x-forwarded-for": "198.51.100.7" },
          body: JSON.stringify({ query: "{ __typename }" }),
        });
        if (status === 429) refused[nth] = true;
        else passed[nth]! += 1;
      }
      return refused.every(Boolean);
    });
    const total = passed[0]! + passed[1]!;
    expect(total).toBeGreaterThanOrEqual(requestsPerMinute - requestsBeyond);
    expect(total).toBeLessThanOrEqual(requestsPerMinute + requestsBeyond);

    const input = { phone: newPhone() };
    await servers[0].client().request(RequestLoginCodeDocument, { input });
    expect(await servers[1].client().errorCode(RequestLoginCodeDocument, { input })).toBe("RATE_LIMITED");
  });

  test("logout and a ban also close the sockets and revoke the tokens on the other server", async () => {
    const { fleet } = setup();
    const end: ((phone: string, client: Client) => Promise<unknown>)[] = [
      (_phone, client) => client.request(LogoutDocument),
      (phone) => fleet.command("ban", "--phone", phone, "--reason", "sold their account"),
    ];
    await Promise.all(
      end.map(async (act) => {
        const { phone, at } = await userOf(setup());
        const [here, there] = at;
        const wallet = there.subscribe(WalletChangedDocument, {});
        await wallet.next();
        const closed = expect(wallet.next()).rejects.toMatchObject({ code: 4403 });
        await act(phone, here);
        await closed;
        await until(
          "the token's end",
          async () => (await there.errorCode("{ me { id } }")) === "UNAUTHENTICATED",
        );
      }),
    );
  });
}

async function openWorld(shared: Record<string, string>, testDb: TestDatabase): Promise<Fleet> {
  return Fleet.open({
    DATABASE_URL: testDb.url,
    RATE_LIMIT_PER_MINUTE: `${requestsPerMinute}`,
    TRUST_PROXY: "true",
    ...shared,
  });
}

describe("two servers and two workers on one PostgreSQL", () => {
  let setup: Setup;
  let workers: ServerProcess[];
  beforeAll(async () => {
    const testDb = await freshDatabase({ empty: true });
    const fleet = await openWorld({}, testDb);
    const migrations = await Promise.all(Array.from({ length: 5 }, () => fleet.command("migrate")));
    expect(new Set(migrations)).toEqual(new Set(["The database is up to date.\n"]));
    const [here, there, ...more] = await Promise.all([
      fleet.server(),
      fleet.server(),
      fleet.worker(),
      fleet.worker(),
    ]);
    setup = { testDb, fleet, servers: [here, there] };
    workers = more;
  });
  afterAll(async () => {
    await setup.fleet.close();
    await setup.testDb.drop();
  });

  test("five simultaneous migrations of an empty database have the result of one", async () => {
    const [row] = await setup.testDb.database.db.execute<{ twice: number }>(
      sql`select count(*)::int - count(distinct hash)::int as twice from drizzle.__drizzle_migrations`,
    );
    expect(row?.twice).toBe(0);
    for (const { url } of setup.servers) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  });

  itIsOneProduct(() => setup);

  test("the jobs of a killed worker are taken over within 30 s, and the user gets the video", async () => {
    const { db } = setup.testDb.database;
    const { fleet } = setup;
    const { at } = await userOf(setup);
    expect((await workers[1]?.kill("SIGTERM"))?.code).toBe(0);
    fleet.sandbox.control.enableFault("file-slow:60000", { match: "taken over", times: 1 });
    const taskId = await create(at[0], { prompt: "to be taken over" });
    const watching = followed(at[1], taskId);
    const begun = async () => {
      const [job] = await db.execute<{ id: string }>(
        sql`select id from pgboss.job where name = 'ingest-video' and state = 'active'`,
      );
      return job?.id;
    };
    const jobId = await until("the running job", begun);
    await fleet.worker();
    await workers[0]?.kill("SIGKILL");
    const [killed] = await db.execute<{ at: string }>(sql`select clock_timestamp()::text as at`);
    const takenOver = async () => {
      const [job] = await db.execute<{ sec: number }>(
        sql`select extract(epoch from started_on - ${killed?.at}::timestamptz)::float as sec from pgboss.job where id = ${jobId} and started_on > ${killed?.at}::timestamptz`,
      );
      return job?.sec;
    };
    expect(await until("the job to be taken over", takenOver)).toBeLessThan(30);
    expect((await watching).at(-1)).toBe("SUCCESS");
    const submissions = fleet.sandbox.control.tasks().filter(({ prompt }) => prompt === "to be taken over");
    expect(submissions.map(({ timesSeen }) => timesSeen)).toEqual([1]);
    expect(await auditOf(setup)).toEqual([]);
  });
});

describeWith("redis-server", "two servers and a worker that share a Redis", (program) => {
  let setup: Setup;
  let redis: RedisServer;
  let worker: ServerProcess;
  beforeAll(async () => {
    redis = await RedisServer.start(program);
    const testDb = await freshDatabase();
    const fleet = await openWorld({ REDIS_URL: redis.url }, testDb);
    const [here, there, third] = await Promise.all([fleet.server(), fleet.server(), fleet.worker()]);
    setup = { testDb, fleet, servers: [here, there] };
    worker = third;
  });
  afterAll(async () => {
    await setup.fleet.close();
    await redis.stop();
    await setup.testDb.drop();
  });

  itIsOneProduct(() => setup);

  test("while Redis is unavailable everything works, and its loss and return are logged once", async () => {
    const { at } = await userOf(setup);
    await redis.stop();
    const taskId = await create(at[0]);
    expect((await followed(at[1], taskId)).at(-1)).toBe("SUCCESS");
    for (const { url } of setup.servers) expect((await fetch(`${url}/readyz`)).status).toBe(200);
    await redis.start();
    const processes = [...setup.servers, worker];
    await until("its return", () =>
      processes.every(({ output }) => output.includes("Redis is available again")),
    );
    for (const { output } of processes) expect(output.match(/Redis is unavailable/g)).toHaveLength(1);
    const again = await create(at[1]);
    expect((await followed(at[0], again)).at(-1)).toBe("SUCCESS");
    expect(await auditOf(setup)).toEqual([]);
    const ends = await Promise.all(processes.map((each) => each.kill("SIGTERM")));
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
  });
});
