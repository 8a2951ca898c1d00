import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readinessOf } from "../../../src/app/readiness.js";
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
  proxy = await TcpProxy.before(testDb.url);
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
  const database = connectDatabase({ url, poolSize: 2, applicationName: "wired", ...options });
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

test("a transaction whose connection breaks between two statements leaves nothing, and what it does later goes nowhere", async () => {
  const { db } = connect({ poolSize: 1 });
  const late: unknown[] = [];
  let carryOn = () => {};
  const waiting = new Promise<void>((done) => {
    carryOn = done;
  });
  const transaction = db.transaction(async (tx) => {
    await tx.execute(write("before the break"));
    proxy.cut();
    await until("the break to be noticed", () => proxy.connections === 0);
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

test("a server that ends all sessions costs only what was under way", async () => {
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
        where application_name = 'wired' and query like '%pg_sleep%' and pid <> pg_backend_pid()`,
    );
    return codes.length === 8;
  });
  expect(codes).not.toContain(null);
  await db.execute(write("as if nothing had been"));
  expect(await notes()).toEqual(["as if nothing had been"]);
});

test("a statement that fails fails its transaction, whoever caught the error", async () => {
  const { db } = connect({});
  const transaction = db.transaction(async (tx) => {
    await tx.execute(write("once"));
    await tx.execute(write("once")).catch(() => {});
  });
  expect(postgresCode(await transaction.catch((error: unknown) => error))).toBe("23505");
  expect(await notes()).toEqual([]);
});

test("a text that begins a transaction and fails in its middle leaves no open one to the next statement", async () => {
  const { db } = connect({ poolSize: 1 });
  const text = "begin; insert into notes values ('half'); select 1/0; commit";
  expect(postgresCode(await db.execute(text).catch((error: unknown) => error))).toBe("22012");
  await db.execute(write("the next"));
  expect(await notes()).toEqual(["the next"]);
});

test("statements that a transaction does not wait for are in it all the same", async () => {
  const { db } = connect({});
  await db.transaction(async (tx) => {
    await Promise.all(["a", "b", "c"].map((text) => tx.execute(write(text))));
    void tx.execute(write("d")).then(() => {});
  });
  expect(await notes()).toEqual(["a", "b", "c", "d"]);
});

test("while nothing answers, whoever waits for a connection is refused; when it answers again, all goes on", async () => {
  const { db, stats: use } = connect({ poolSize: 2, acquireTimeoutMs: 300, queueMax: 3 });
  await Promise.all([db.execute(sql`select 1`), db.execute(sql`select 1`)]);
  proxy.stall();
  const stuck = [db.execute(write("a")), db.execute(write("b"))].map((query) => query.then(() => "done"));
  const waiting = [1, 2, 3].map(() => codeOf(db.execute(sql`select 1`)));
  await until("the queue", () => use().waiting === 3);
  expect(use()).toEqual({ connectionsMax: 2, connectionsBusy: 2, waiting: 3 });
  expect(await codeOf(db.execute(sql`select 1`))).toBe("CONNECTION_BUSY");
  expect(await Promise.all(waiting)).toEqual(["CONNECTION_BUSY", "CONNECTION_BUSY", "CONNECTION_BUSY"]);
  proxy.heal();
  expect(await Promise.all(stuck)).toEqual(["done", "done"]);
  expect(await notes()).toEqual(["a", "b"]);
});

test("a connection that never answers again is given up, and its place is taken by a new one", async () => {
  const { db } = connect({ poolSize: 1, statementTimeoutMs: 200, acquireTimeoutMs: 60_000 });
  await db.execute(sql`select 1`);
  proxy.loseOpen();
  const silent = codeOf(db.execute(write("into the void")));
  const next = db.execute(sql`select 'there'`);
  expect(await silent).toBe("CONNECTION_DESTROYED");
  expect(await next).toHaveLength(1);
});

test("a connection that breaks at any moment of its making costs its statement, and not the process", async () => {
  const ends: unknown[] = [];
  for (let n = 0; n < 60; n++) {
    const { db, close } = connect({ poolSize: 1 });
    const asked = codeOf(db.execute(sql`select array[1]::int[] = ${sql.param([1])}::int[]`));
    await sleep(n / 4);
    proxy.cut();
    ends.push(await asked);
    await close();
  }
  // What nobody catches would fail this run by itself.
  for (const end of ends) expect([null, "ECONNRESET", "CONNECTION_CLOSED"]).toContain(end);
});

test("a server that has gone deaf without being told listens anew, and is heard again", async () => {
  const logger = await createLogger({ level: "silent", pretty: false });
  const [near, far] = [
    new PostgresBus(proxy.through(testDb.url), logger),
    new PostgresBus(testDb.url, logger),
  ];
  await Promise.all([near.listen(), far.listen()]);
  const heard: string[] = [];
  near.subscribe("wallet-changed", ({ userId }) => heard.push(userId));
  const tell = (userId: string) => {
    far.publish("wallet-changed", { userId });
    return heard.includes(userId);
  };
  await until("the first word", () => tell("before"));
  proxy.loseOpen();
  await until("a word after the loss", () => tell("after"));
  await Promise.all([near.close(), far.close()]);
});

test("a database that refuses is told at once, every time, and found again when it is back", async () => {
  const { db } = connect({});
  proxy.refuse();
  for (const _ of [1, 2, 3]) expect(await codeOf(db.execute(sql`select 1`))).toMatch(/^(ECONN|CONNECTION_)/);
  proxy.heal();
  expect(await db.execute(sql`select 1`)).toHaveLength(1);
});

test("arrays come to the database as they are, whatever is in them", async () => {
  const { db } = connect({});
  const texts = ["plain", 'a "quoted" one', "back\\slash", "{braces}, and commas", "", "NULL", "长", null];
  const rows = await db.execute(sql`
    select to_json(${sql.param(texts)}::text[]) as texts, to_json(${sql.param([1, 2.5, -3])}::numeric[]) as numbers,
      to_json(${sql.param([])}::uuid[]) as none, to_json(${sql.param([{ a: 1 }])}::jsonb[]) as objects`);
  expect(rows).toEqual([{ texts, numbers: [1, 2.5, -3], none: [], objects: [{ a: 1 }] }]);
});

test("a server that closes every new connection is an error at once, and not a wait without an answer", async () => {
  const closing = createServer((socket) => socket.end());
  closing.listen(0, "127.0.0.1");
  await once(closing, "listening");
  const { port } = closing.address() as AddressInfo;
  const url = Object.assign(new URL(testDb.url), { port: `${port}` }).toString();
  const database = connectDatabase({ url, poolSize: 1, applicationName: "wired" });
  let accepted = 0;
  closing.on("connection", () => accepted++);
  for (const _ of [1, 2, 3])
    expect(await codeOf(database.db.execute(sql`select 1`))).toBe("CONNECTION_CLOSED");
  expect(accepted).toBe(3);
  await database.close();
  closing.close();
});

test("a server that is frozen is given up long before a statement's limit, and every connection to it with it", async () => {
  const { db, stats: use } = connect({ poolSize: 2, statementTimeoutMs: 600_000, acquireTimeoutMs: 600_000 });
  await Promise.all([db.execute(sql`select 1`), db.execute(sql`select 1`)]);
  proxy.stall();
  const silent = [1, 2].map((n) => codeOf(db.execute(write(`into the void ${n}`))));
  expect(await Promise.all(silent)).toEqual(["CONNECTION_DESTROYED", "CONNECTION_DESTROYED"]);
  proxy.heal();
  await db.execute(write("found again"));
  expect(use().connectionsBusy).toBe(0);
  expect(await notes()).toContain("found again");
});

test("readiness is no while its own check hangs, and asking again begins no other check", async () => {
  const { db, stats: use } = connect({ poolSize: 4, acquireTimeoutMs: 60_000 });
  const readiness = readinessOf({ db });
  expect(await readiness()).toEqual({ ready: true, reasons: [] });
  proxy.stall();
  for (let nth = 0; nth < 5; nth++)
    expect(await readiness()).toEqual({ ready: false, reasons: ["database"] });
  expect(use()).toMatchObject({ connectionsBusy: 1, waiting: 0 });
  proxy.heal();
  await until("readiness", async () => (await readiness()).ready);
});

test("a slow statement is no silence: the server is asked, answers, and the statement ends in its own time", async () => {
  const { db } = connect({ poolSize: 1, statementTimeoutMs: 600_000 });
  expect(await db.execute(sql`select pg_sleep(7)`)).toHaveLength(1);
});

test("a connection that has come to a read-only server is dropped with all others to it", async () => {
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

test("of several hosts the one that takes writes is used, however the others fail, and found again when it moves", async () => {
  const { host } = new URL(testDb.url);
  const [stalled, refusing] = [await TcpProxy.before(testDb.url), await TcpProxy.before(testDb.url)];
  const hostOf = (other: TcpProxy) => new URL(other.through(testDb.url)).host;
  stalled.stall();
  refusing.refuse();
  const hosts = [hostOf(stalled), hostOf(refusing), "nowhere.invalid", hostOf(proxy)].join(",");
  const database = connectDatabase({
    ...{ url: testDb.url.replace(host, hosts), poolSize: 2, applicationName: "wired" },
  });
  opened.push(database);
  await database.db.execute(write("by the last of them"));
  refusing.heal();
  proxy.refuse();
  await until("it to be found at its new place", () =>
    database.db.execute(write("by another")).then(
      () => true,
      () => false,
    ),
  );
  stalled.heal();
  await Promise.all([stalled.close(), refusing.close()]);
});

test("when no host takes writes, the error names each host and its reason, and no password", async () => {
  const { host, password } = new URL(testDb.url);
  const readOnly = `alter database ${new URL(testDb.url).pathname.slice(1)} set default_transaction_read_only`;
  await testDb.database.db.execute(sql.raw(`${readOnly} = on`));
  const nowhere = "127.0.0.1:1";
  const { db } = connectDatabase({
    ...{ url: testDb.url.replace(host, `${nowhere},${host}`), poolSize: 1, applicationName: "wired" },
  });
  const error = await db.execute(sql`select 1`).catch((caught: Error) => caught.cause);
  expect(isDatabaseUnavailable(error)).toBe(true);
  const { message } = error as Error;
  expect(message).toBe(`no host is a usable primary: ${nowhere} ECONNREFUSED; ${host} takes no writes`);
  expect(message).not.toContain(password);
  await testDb.database.db.execute(sql.raw(`${readOnly} = off`));
});
