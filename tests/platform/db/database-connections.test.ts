import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readinessOf } from "../../../src/app/readiness.js";
import { walletChanged } from "../../../src/modules/wallet/index.js";
import {
  connectDatabase,
  type Database,
  isDatabaseUnavailable,
  postgresCode,
} from "../../../src/platform/db/index.js";
import { PostgresBus } from "../../../src/platform/events/postgres-bus.js";
import { createLogger } from "../../../src/platform/observability/logger.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { TcpProxy } from "../../support/tcp-proxy.js";
import { until } from "../../support/until.js";

let testDb: TestDatabase;
let proxy: TcpProxy;
const opened: Database[] = [];
beforeAll(async () => {
  testDb = await freshDatabase();
  proxy = await TcpProxy.inFrontOf(testDb.url);
  await testDb.database.db.execute(sql`create table notes (text text primary key)`);
});
beforeEach(async () => {
  proxy.heal();
  await testDb.database.db.execute(sql`truncate notes`);
});
afterAll(async () => {
  proxy.heal();
  for (const database of opened) await database.close();
  await proxy.close();
  await testDb.drop();
});

function connect(options: {
  poolSize?: number;
  statementTimeoutMs?: number;
  acquireTimeoutMs?: number;
  queueMax?: number;
}) {
  const url = proxy.through(testDb.url);
  const database = connectDatabase({ url, poolSize: 2, applicationName: "connection-test", ...options });
  opened.push(database);
  return database;
}

const write = (text: string) => sql`insert into notes values (${text})`;
const notes = async () => {
  const rows = await testDb.database.db.execute<{ text: string }>(sql`select text from notes order by text`);
  return rows.map(({ text }) => text);
};
const codeOf = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => null,
    (caught: Error & { cause?: { code?: string }; code?: string }) => caught,
  );
  return error && (error.code ?? error.cause?.code ?? error.message);
};

test("a transaction whose connection breaks between two statements leaves nothing, and its later statements are rejected", async () => {
  const { db } = connect({ poolSize: 1 });
  const late: unknown[] = [];
  let carryOn = () => {};
  const waiting = new Promise<void>((done) => {
    carryOn = done;
  });
  const transaction = db.transaction(async (tx) => {
    await tx.execute(write("before the break"));
    proxy.cut();
    await until("the loss of the connection", () => proxy.connections === 0);
    await waiting;
    await tx.execute(write("after the break")).catch((error) => {
      late.push(error);
      throw error;
    });
  });
  const failed = codeOf(transaction);
  await until("the break", () => proxy.connections === 0);
  carryOn();
  expect(await failed).toBe("CONNECTION_CLOSED");
  expect(late).toHaveLength(1);
  await db.execute(write("by the next connection"));
  expect(await notes()).toEqual(["by the next connection"]);
});

test("a server that ends all sessions fails only the running transactions", async () => {
  const { db } = connect({ poolSize: 4 });
  const codes: unknown[] = [];
  for (let n = 0; n < 8; n++) {
    const doomed = db.transaction(async (tx) => {
      await tx.execute(write(`never ${n}`));
      await tx.execute(sql`select pg_sleep(100)`);
    });
    void codeOf(doomed).then((code) => codes.push(code));
  }
  await until("the end of all sessions", async () => {
    await testDb.database.db.execute(
      sql`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = 'connection-test' and query like '%pg_sleep%' and pid <> pg_backend_pid()`,
    );
    return codes.length === 8;
  });
  expect(codes).not.toContain(null);
  await db.execute(write("after the end of all sessions"));
  expect(await notes()).toEqual(["after the end of all sessions"]);
});

test("a failed statement fails its transaction, even if the error was caught", async () => {
  const { db } = connect({});
  const transaction = db.transaction(async (tx) => {
    await tx.execute(write("once"));
    await tx.execute(write("once")).catch(() => {});
  });
  expect(postgresCode(await transaction.catch((error: unknown) => error))).toBe("23505");
  expect(await notes()).toEqual([]);
});

test("a text that fails after its BEGIN leaves no open transaction to the next statement", async () => {
  const { db } = connect({ poolSize: 1 });
  const text = "begin; insert into notes values ('half'); select 1/0; commit";
  expect(postgresCode(await db.execute(text).catch((error: unknown) => error))).toBe("22012");
  await db.execute(write("the next"));
  expect(await notes()).toEqual(["the next"]);
});

test("statements that are not awaited still belong to their transaction", async () => {
  const { db } = connect({});
  await db.transaction(async (tx) => {
    await Promise.all(["a", "b", "c"].map((text) => tx.execute(write(text))));
    void tx.execute(write("d")).then(() => {});
  });
  expect(await notes()).toEqual(["a", "b", "c", "d"]);
});

test("while the database does not respond, waiting callers are rejected; the running statements finish when it responds again", async () => {
  const { db, stats } = connect({ poolSize: 2, acquireTimeoutMs: 300, queueMax: 3 });
  await Promise.all([db.execute(sql`select 1`), db.execute(sql`select 1`)]);
  proxy.stall();
  const stuck = [db.execute(write("a")), db.execute(write("b"))].map((query) => query.then(() => "done"));
  const waiting = [1, 2, 3].map(() => codeOf(db.execute(sql`select 1`)));
  await until("the queue", () => stats().waiting === 3);
  expect(stats()).toEqual({ connectionsMax: 2, connectionsBusy: 2, waiting: 3 });
  expect(await codeOf(db.execute(sql`select 1`))).toBe("CONNECTION_BUSY");
  expect(await Promise.all(waiting)).toEqual(["CONNECTION_BUSY", "CONNECTION_BUSY", "CONNECTION_BUSY"]);
  proxy.heal();
  expect(await Promise.all(stuck)).toEqual(["done", "done"]);
  expect(await notes()).toEqual(["a", "b"]);
});

test("a connection that stops responding is closed and replaced", async () => {
  const { db } = connect({ poolSize: 1, statementTimeoutMs: 200, acquireTimeoutMs: 60_000 });
  await db.execute(sql`select 1`);
  proxy.stallOpenConnections();
  const silent = codeOf(db.execute(write("into the void")));
  const next = db.execute(sql`select 'there'`);
  expect(await silent).toBe("CONNECTION_DESTROYED");
  expect(await next).toHaveLength(1);
});

test("a connection that breaks at any moment while it opens fails its statement, but never ends the process", async () => {
  const ends: unknown[] = [];
  for (let n = 0; n < 60; n++) {
    const { db, close } = connect({ poolSize: 1 });
    const result = codeOf(db.execute(sql`select array[1]::int[] = ${sql.param([1])}::int[]`));
    await sleep(n / 4);
    proxy.cut();
    ends.push(await result);
    await close();
  }
  // An uncaught error would fail this run.
  for (const end of ends) expect([null, "ECONNRESET", "CONNECTION_CLOSED"]).toContain(end);
});

test("a listener whose connection is dead, without an error, reconnects and receives notifications again", async () => {
  const logger = await createLogger({ level: "silent", pretty: false });
  const [near, far] = [
    new PostgresBus(proxy.through(testDb.url), logger),
    new PostgresBus(testDb.url, logger),
  ];
  await Promise.all([near.listen(), far.listen()]);
  const received: string[] = [];
  near.subscribe(walletChanged, ({ userId }) => received.push(userId));
  const publish = (userId: string) => {
    far.publish(walletChanged, { userId });
    return received.includes(userId);
  };
  await until("the first event", () => publish("before"));
  proxy.stallOpenConnections();
  await until("an event after the loss", () => publish("after"));
  await Promise.all([near.close(), far.close()]);
});

test("a database that refuses connections is an immediate error each time, and works again when it is back", async () => {
  const { db } = connect({});
  proxy.refuse();
  for (const _ of [1, 2, 3]) expect(await codeOf(db.execute(sql`select 1`))).toMatch(/^(ECONN|CONNECTION_)/);
  proxy.heal();
  expect(await db.execute(sql`select 1`)).toHaveLength(1);
});

test("arrays arrive in the database unchanged, with any content", async () => {
  const { db } = connect({});
  const texts = ["plain", 'a "quoted" one', "back\\slash", "{braces}, and commas", "", "NULL", "长", null];
  const rows = await db.execute(sql`
    select to_json(${sql.param(texts)}::text[]) as texts, to_json(${sql.param([1, 2.5, -3])}::numeric[]) as numbers,
      to_json(${sql.param([])}::uuid[]) as none, to_json(${sql.param([{ a: 1 }])}::jsonb[]) as objects`);
  expect(rows).toEqual([{ texts, numbers: [1, 2.5, -3], none: [], objects: [{ a: 1 }] }]);
});

test("a server that closes every new connection is an immediate error", async () => {
  const closing = createServer((socket) => socket.end());
  closing.listen(0, "127.0.0.1");
  await once(closing, "listening");
  const { port } = closing.address() as AddressInfo;
  const url = Object.assign(new URL(testDb.url), { port: `${port}` }).toString();
  const database = connectDatabase({ url, poolSize: 1, applicationName: "connection-test" });
  let accepted = 0;
  closing.on("connection", () => accepted++);
  for (const _ of [1, 2, 3])
    expect(await codeOf(database.db.execute(sql`select 1`))).toBe("CONNECTION_CLOSED");
  expect(accepted).toBe(3);
  await database.close();
  closing.close();
});

test("a frozen server is detected long before a statement's limit, and all connections to it are closed", async () => {
  const { db, stats } = connect({ poolSize: 2, statementTimeoutMs: 600_000, acquireTimeoutMs: 600_000 });
  await Promise.all([db.execute(sql`select 1`), db.execute(sql`select 1`)]);
  proxy.stall();
  const silent = [1, 2].map((n) => codeOf(db.execute(write(`into the void ${n}`))));
  expect(await Promise.all(silent)).toEqual(["CONNECTION_DESTROYED", "CONNECTION_DESTROYED"]);
  proxy.heal();
  await db.execute(write("found again"));
  expect(stats().connectionsBusy).toBe(0);
  expect(await notes()).toContain("found again");
});

test("the server is not ready while its readiness check hangs, and further requests start no other check", async () => {
  const { db, stats } = connect({ poolSize: 4, acquireTimeoutMs: 60_000 });
  const readiness = readinessOf({ db });
  expect(await readiness()).toEqual({ ready: true, reasons: [] });
  proxy.stall();
  for (let nth = 0; nth < 5; nth++)
    expect(await readiness()).toEqual({ ready: false, reasons: ["database"] });
  expect(stats()).toMatchObject({ connectionsBusy: 1, waiting: 0 });
  proxy.heal();
  await until("readiness", async () => (await readiness()).ready);
});

test("a slow statement is not taken for a frozen server: the probe succeeds, and the statement finishes", async () => {
  const { db } = connect({ poolSize: 1, statementTimeoutMs: 600_000 });
  expect(await db.execute(sql`select pg_sleep(7)`)).toHaveLength(1);
});

test("a connection to a server that has become read-only is closed, with all others to it", async () => {
  const { db } = connect({ poolSize: 1 });
  const processId = async () =>
    (await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid;
  const before = await processId();
  await db.execute(sql`set default_transaction_read_only = on`);
  const refused = await db.execute(write("to a standby")).catch((error: unknown) => error);
  expect([postgresCode(refused), isDatabaseUnavailable(refused)]).toEqual(["25006", true]);
  expect(await processId()).not.toBe(before);
  await db.execute(write("to the primary"));
  expect(await notes()).toEqual(["to the primary"]);
});

test("of several hosts the one that accepts writes is used, however the others fail, and found again when it moves", async () => {
  const { host } = new URL(testDb.url);
  const [stalled, refusing] = [await TcpProxy.inFrontOf(testDb.url), await TcpProxy.inFrontOf(testDb.url)];
  const hostOf = (other: TcpProxy) => new URL(other.through(testDb.url)).host;
  stalled.stall();
  refusing.refuse();
  const hosts = [hostOf(stalled), hostOf(refusing), "nowhere.invalid", hostOf(proxy)].join(",");
  const database = connectDatabase({
    ...{ url: testDb.url.replace(host, hosts), poolSize: 2, applicationName: "connection-test" },
  });
  opened.push(database);
  await database.db.execute(write("by the last of them"));
  refusing.heal();
  proxy.refuse();
  await until("a write at the new host", () =>
    database.db.execute(write("by another")).then(
      () => true,
      () => false,
    ),
  );
  stalled.heal();
  await Promise.all([stalled.close(), refusing.close()]);
});

test("when no host accepts writes, the error names each host and its reason, but no password", async () => {
  const { host, password } = new URL(testDb.url);
  const readOnly = `alter database ${new URL(testDb.url).pathname.slice(1)} set default_transaction_read_only`;
  await testDb.database.db.execute(sql.raw(`${readOnly} = on`));
  const nowhere = "127.0.0.1:1";
  const { db } = connectDatabase({
    ...{
      url: testDb.url.replace(host, `${nowhere},${host}`),
      poolSize: 1,
      applicationName: "connection-test",
    },
  });
  const error = await db.execute(sql`select 1`).catch((caught: Error) => caught.cause);
  expect(isDatabaseUnavailable(error)).toBe(true);
  const { message } = error as Error;
  expect(message).toBe(`no host is a usable primary: ${nowhere} ECONNREFUSED; ${host} takes no writes`);
  expect(message).not.toContain(password);
  await testDb.database.db.execute(sql.raw(`${readOnly} = off`));
});
