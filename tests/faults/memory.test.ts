import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { taskChanged } from "../../src/modules/tasks/index.js";
import { PostgresBus } from "../../src/platform/events/postgres-bus.js";
import { createLogger } from "../../src/platform/observability/logger.js";
import type { SandboxVendor } from "../../src/vendors/sandbox/index.js";
import type { Client } from "../support/client.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { fixedCode, settingsFor, startSandbox } from "../support/product.js";
import { newPhone } from "../support/seed.js";
import { ServerProcess } from "../support/server-process.js";
import { create } from "../support/tasks.js";
import { until } from "../support/until.js";

let sandbox: SandboxVendor;
let testDb: TestDatabase;
let dataDir: string;
let server: ServerProcess;
const sockets: WebSocket[] = [];
beforeAll(async () => {
  sandbox = await startSandbox();
  testDb = await freshDatabase();
  dataDir = mkdtempSync(join(tmpdir(), "skyriff-memory-"));
  // In a process of its own, so that the memory is the server's; without a worker, so that tasks stay.
  const settings = settingsFor({ databaseUrl: testDb.url, dataDir, sandbox });
  server = await ServerProcess.start(settings, ["serve", "--no-worker"]);
});
afterAll(async () => {
  for (const socket of sockets) socket.terminate();
  await ServerProcess.killAll();
  await sandbox.close();
  await testDb.drop();
  rmSync(dataDir, { recursive: true, force: true });
});

const mib = 1024 * 1024;

interface Memory {
  heapMib: number;
  residentMib: number;
  subscriptions: number;
}

async function figures(): Promise<Memory> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1]);
  return {
    heapMib: value("nodejs_heap_size_used_bytes") / mib,
    residentMib: value("process_resident_memory_bytes") / mib,
    subscriptions: value("skyriff_active_subscriptions"),
  };
}

/** The least of several looks: what is there right after the garbage was collected. */
async function settledMemory(): Promise<Memory> {
  const looks: Memory[] = [];
  for (let n = 0; n < 12; n++) {
    await Promise.all(Array.from({ length: 40 }, () => fetch(`${server.url}/healthz`)));
    looks.push(await figures());
    await sleep(100);
  }
  const least = (pick: (look: Memory) => number) => Math.min(...looks.map(pick));
  const last = looks.at(-1) as Memory;
  return { ...last, heapMib: least((look) => look.heapMib), residentMib: least((look) => look.residentMib) };
}

function subscriber({ token }: Client, query: string): Promise<WebSocket> {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  sockets.push(socket);
  return new Promise((done, fail) => {
    socket.once("error", fail);
    socket.once("open", () => {
      const payload = { authorization: `Bearer ${token}` };
      socket.send(JSON.stringify({ type: "connection_init", payload }));
    });
    socket.once("message", () => {
      socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
      done(socket);
    });
  });
}

async function users(count: number): Promise<Client[]> {
  const clients = Array.from({ length: count }, () => server.client());
  for (const client of clients) await client.logIn(newPhone(), fixedCode);
  return clients;
}

test("2,000 idle subscribers cost a bounded piece of memory each, and none when they are gone", async () => {
  const people = await users(10);
  const before = await settledMemory();
  for (let n = 0; n < 200; n++) {
    await Promise.all(
      people.map((client) => subscriber(client, "subscription { myTaskStatus { id status } }")),
    );
  }
  await until("all subscriptions", async () => (await figures()).subscriptions === 2_000);
  const during = await settledMemory();
  expect((during.heapMib - before.heapMib) / 2_000).toBeLessThan(0.05);
  for (const socket of sockets.splice(0)) socket.close();
  await until("their end", async () => (await figures()).subscriptions === 0);
  // What has grown old is collected when there is reason to: requests go on until there is.
  const collected = async () => (await settledMemory()).heapMib - before.heapMib < 20;
  await until("the memory of those who are gone", collected, 60_000);
});

test("for who watches and does not read, the latest state waits and nothing piles up", async () => {
  const [ana] = (await users(1)) as [Client];
  await create(ana, { prompt: "长".repeat(1_000) });
  const { db } = testDb.database;
  const [task] = await db.execute<{ id: string; user_id: string }>(sql`select id, user_id from tasks`);
  const aliases = Array.from({ length: 25 }, (_, n) => `p${n}: prompt`).join(" ");
  const readers: WebSocket[] = [];
  for (let n = 0; n < 20; n++)
    readers.push(await subscriber(ana, `subscription { myTaskStatus { revision ${aliases} } }`));
  await until("all subscriptions", async () => (await figures()).subscriptions === 20);
  for (const reader of readers) reader.pause();

  const bus = new PostgresBus(testDb.url, await createLogger({ level: "silent", pretty: false }));
  const before = await settledMemory();
  const rounds = 600;
  for (let n = 1; n <= rounds; n++) {
    const revision = 1 + n;
    await db.execute(sql`update tasks set revision = ${revision}`);
    bus.publish(taskChanged, { taskId: task!.id, userId: task!.user_id, revision });
    await sleep(5);
  }
  const during = await settledMemory();
  // Piled up, it would be the readers' number times 600 messages of 75 kB each: 900 MB.
  expect(during.heapMib - before.heapMib).toBeLessThan(100);
  expect(during.residentMib - before.residentMib).toBeLessThan(150);

  const received: number[] = [];
  readers[0]!.on("message", (data) =>
    received.push(JSON.parse(String(data)).payload?.data?.myTaskStatus.revision),
  );
  readers[0]!.resume();
  await until("the latest state", () => received.at(-1) === rounds + 1);
  expect(received.length).toBeLessThan(rounds);
  await bus.close();
});
