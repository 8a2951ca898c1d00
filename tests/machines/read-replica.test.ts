import { sql } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CreateProjectDocument, ProjectsDocument } from "../../src/generated/operations.js";
import { walletChanged } from "../../src/modules/wallet/index.js";
import { connectDatabase, type Database } from "../../src/platform/db/index.js";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/platform/embedded-postgres/embedded-postgres.js";
import { PostgresBus } from "../../src/platform/events/postgres-bus.js";
import { newUuid, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import { ReplicaReads } from "../../src/platform/lists/replica/index.js";
import type { Client } from "../support/client.js";
import { Fleet } from "../support/fleet.js";
import { metricsOf } from "../support/metrics.js";
import { fixedCode } from "../support/product.js";
import { Replica } from "../support/replica.js";
import type { ServerProcess } from "../support/server-process.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { until } from "../support/until.js";

const silent = pino({ level: "silent" });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let cluster: EmbeddedPostgres;
let primary: Database;
let replica: Replica;
let fleet: Fleet;
let servers: ServerProcess[];
let bus: PostgresBus;
beforeAll(async () => {
  folder = await temporaryFolder();
  cluster = await startEmbeddedPostgres(folder.path);
  primary = connectDatabase({ url: cluster.url, poolSize: 4, applicationName: "tests" });
  replica = await Replica.of(cluster.url, `${folder.path}/replica`);
  bus = new PostgresBus(cluster.url, silent);
  fleet = await Fleet.open({ DATABASE_URL: cluster.url, DATABASE_READ_URL: replica.url });
  servers = await Promise.all([fleet.server(), fleet.server()]);
});
afterAll(async () => {
  await fleet.close();
  await bus.close();
  await primary.close();
  await replica.stop().catch(() => {});
  await cluster.stop();
  await folder.remove();
});

/** The same user, on each server. */
async function userOf(phone: string): Promise<Client[]> {
  const [first, ...others] = servers.map((server) => server.client()) as [Client, ...Client[]];
  await first.logIn(phone, fixedCode);
  for (const other of others) Object.assign(other, { token: first.token, userId: first.userId });
  return [first, ...others];
}

async function names(client: Client): Promise<string[]> {
  const { projects } = await client.request(ProjectsDocument, { first: 100 });
  return projects.nodes.map((project) => project.name);
}

async function make(client: Client, name: string): Promise<void> {
  await client.request(CreateProjectDocument, { input: { name } });
}

/** Writes to the database directly, so that no server knows of the write. */
async function slipIn(client: Client, name: string): Promise<void> {
  const userId = uuidFromPublicId("user", client.userId);
  await primary.db.execute(sql`
    insert into projects (id, user_id, name, description, created_at, updated_at)
    values (${newUuid()}, ${userId}, ${name}, '', clock_timestamp(), clock_timestamp())`);
}

/** Waits until the servers use the replica and it lags, so that a direct write is not visible. */
async function replicaServes(client: Client, attempt = "proof"): Promise<void> {
  let nth = 0;
  await until("a list from the replica", async () => {
    const name = `${attempt} ${++nth}`;
    await slipIn(client, name);
    return !(await names(client)).includes(name);
  });
}

test("a replica with paused replay serves lists, but not to users who have just written on any server", async () => {
  const ana = await userOf("+8613800138000");
  const ben = await userOf("+8613800138001");
  await make(ana[0] as Client, "first");
  const caughtUp = async () => (await replica.ask("select 1 from projects where name = 'first'")).length > 0;
  await until("the replica to replay it", caughtUp);
  await replica.pause();
  for (const client of ben) await replicaServes(client);

  const made = ["first"];
  for (let nth = 0; nth < 6; nth++) {
    made.unshift(`film ${nth}`);
    await make(ana[nth % 2] as Client, `film ${nth}`);
    expect(await names(ana[(nth + 1) % 2] as Client)).toEqual(made);
    expect(await names(ana[nth % 2] as Client)).toEqual(made);
  }
  for (const client of ben) expect(await names(client)).toEqual([]);

  // A change by a worker is published to subscribers, so a list that is read afterwards must show it too.
  await slipIn(ben[0] as Client, "made by a worker");
  bus.publish(walletChanged, { userId: uuidFromPublicId("user", ben[0]?.userId ?? "") ?? "" });
  for (const client of ben) {
    await until("the published change", async () => (await names(client)).includes("made by a worker"));
  }
  await replica.resume();
});

test("an unavailable replica fails no request, and is used again when it is back", async () => {
  const [cleo] = (await userOf("+8613800138002")) as [Client];
  await make(cleo, "one");
  await replica.stop();
  for (let nth = 0; nth < 5; nth++) expect(await names(cleo)).toEqual(["one"]);
  await slipIn(cleo, "two");
  expect(await names(cleo)).toEqual(["two", "one"]);
  for (const { url } of servers) expect((await fetch(`${url}/readyz`)).status).toBe(200);
  await until("the warning", () => servers[0]?.output.includes("the read replica is unavailable"));
  await replica.start();
  await until("the end of the warning", () =>
    servers[0]?.output.includes("the read replica is available again"),
  );
  await until("the replica to replay it", async () => {
    return (await replica.ask("select 1 from projects where name = 'two'")).length > 0;
  });
  await replica.pause();
  await replicaServes(cleo, "again");
  await replica.resume();

  const figures = await metricsOf(servers[0]?.url ?? "");
  expect(figures.value("skyriff_list_reads_total", { from: "replica" })).toBeGreaterThan(0);
  expect(figures.value("skyriff_list_reads_total", { from: "primary" })).toBeGreaterThan(4);
  expect(figures.value("skyriff_database_pool_size", { pool: "reads" })).toBeGreaterThan(1);
});

test("a replica that lags more than a list may is not used", async () => {
  const replicaDb = connectDatabase({ url: replica.url, poolSize: 2, applicationName: "tests" });
  const parts = { primary: primary.db, replica: replicaDb.db, bus, changes: [], logger: silent };
  const reads = new ReplicaReads({ ...parts, lagMaxMs: 2_000 });
  const isFromReplica = () =>
    reads.read([newUuid()], async (db) => {
      const [row] = await db.execute<{ it: boolean }>(sql`select pg_is_in_recovery() as it`);
      return row?.it === true;
    });
  await until("a list from the replica", isFromReplica);
  await replica.pause();
  await until("a list from the primary", async () => {
    await primary.db.execute(sql`select pg_logical_emit_message(true, 'tests', 'something is written')`);
    return !(await isFromReplica());
  });
  await replica.resume();
  await until("the replica to be used again", isFromReplica);
  await reads.stop();
  await replicaDb.close();
});
