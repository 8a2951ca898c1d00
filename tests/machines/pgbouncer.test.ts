import { sql } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LogoutDocument, TaskStatusDocument, WalletChangedDocument } from "../../src/generated/operations.js";
import { connectDatabase, hasStatementLimit } from "../../src/platform/db/index.js";
import { WorkerLiveness } from "../../src/platform/jobs/worker-liveness.js";
import { breachesOf } from "../support/audit.js";
import { runCommand } from "../support/command.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { Fleet } from "../support/fleet.js";
import { PgBouncer } from "../support/pgbouncer.js";
import { fixedCode } from "../support/product.js";
import { describeWith } from "../support/programs.js";
import type { ServerProcess } from "../support/server-process.js";
import { create, credits } from "../support/tasks.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { until } from "../support/until.js";

const poolSize = 3;

describeWith("pgbouncer", "through PgBouncer in transaction mode", (program) => {
  let testDb: TestDatabase;
  let bouncer: PgBouncer;
  let fleet: Fleet;
  let here: ServerProcess;
  let there: ServerProcess;
  beforeAll(async () => {
    testDb = await freshDatabase();
    bouncer = await PgBouncer.start(program, { databaseUrl: testDb.url, poolSize });
    fleet = await Fleet.open({ DATABASE_URL: bouncer.url, DATABASE_DIRECT_URL: testDb.url });
    [here, there] = await Promise.all([fleet.server(), fleet.server(), fleet.worker()]);
  });
  afterAll(async () => {
    await fleet.close();
    await bouncer.stop();
    await testDb.drop();
  });

  test("two servers and a worker share three connections, and tasks, money, subscriptions and logouts work", async () => {
    const users = await Promise.all(
      Array.from({ length: 6 }, async (_, nth) => {
        const client = (nth % 2 ? here : there).client();
        await client.logIn(`+861391234567${nth}`, fixedCode);
        const watcher = (nth % 2 ? there : here).client();
        watcher.token = client.token;
        return { client, watcher };
      }),
    );
    await Promise.all(
      users.map(async ({ client, watcher }) => {
        const taskId = await create(client);
        let last = "";
        for await (const { data } of watcher.subscribe(TaskStatusDocument, { taskId })) {
          last = data?.taskStatus.status ?? "";
        }
        expect(last).toBe("SUCCESS");
        expect(await credits(client)).toEqual({ free: 90, held: 0 });
      }),
    );
    const [pool] = (await bouncer.show("pools")).filter((row) => row.pool_mode === "transaction");
    expect(Number(pool?.cl_active) + Number(pool?.cl_waiting)).toBeGreaterThan(poolSize);
    const servers = await bouncer.show("servers");
    expect(servers.length).toBeLessThanOrEqual(poolSize);

    const [{ client, watcher }] = users as [(typeof users)[0]];
    const wallet = watcher.subscribe(WalletChangedDocument, {});
    await wallet.next();
    await client.request(LogoutDocument);
    await expect(wallet.next()).rejects.toMatchObject({ code: 4403 });
    expect(await breachesOf(testDb.database.db)).toEqual([]);
    await Promise.all(users.map((user) => user.watcher.disconnect()));
    for (const { output } of [here, there]) {
      expect(output).not.toMatch(/prepared statement|statement_timeout|unsupported startup parameter/);
    }
  });

  test("without a direct address a server does not start, because it would lose commits without an error", async () => {
    const settings = fleet.settings();
    delete settings.DATABASE_DIRECT_URL;
    const rejected = await runCommand({ PORT: "0", ...settings }, "serve");
    expect(rejected).toMatchObject({ code: 1, stderr: expect.stringContaining("set DATABASE_DIRECT_URL") });
  });

  test("of several poolers the one whose server responds and accepts writes is used", async () => {
    const gone = await TcpProxy.inFrontOf(testDb.url);
    gone.stall();
    const broken = await PgBouncer.start(program, { databaseUrl: gone.through(testDb.url), poolSize });
    const { host } = new URL(bouncer.url);
    const database = connectDatabase({
      url: bouncer.url.replace(host, `${new URL(broken.url).host},${host}`),
      pooled: true,
      poolSize: 1,
      applicationName: "tests",
    });
    expect(await database.db.execute(sql`select 'there' as it`)).toEqual([{ it: "there" }]);
    await database.close();
    await broken.stop();
    gone.heal();
    await gone.close();
  });

  test("the pooler's connections have our time limits, and worker liveness works through them", async () => {
    const { db, close } = connectDatabase({
      url: bouncer.url,
      pooled: true,
      poolSize: 1,
      applicationName: "limits",
    });
    expect(await hasStatementLimit(db)).toBe(true);
    const logger = pino({ level: "silent" });
    const [worker, other] = [
      new WorkerLiveness(testDb.url, db, logger),
      new WorkerLiveness(testDb.url, db, logger),
    ];
    await Promise.all([worker.start(), other.start()]);
    expect(await other.isAlive(worker.workerId)).toBe(true);
    await worker.stop();
    await until("the worker counts as crashed", async () => !(await other.isAlive(worker.workerId)));
    await other.stop();
    await close();
  });
});
