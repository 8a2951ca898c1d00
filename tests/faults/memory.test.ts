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
  // A separate process, so that only the server's memory is measured; no worker, so that tasks stay queued.
  const settings = settingsFor({ databaseUrl: testDb.url, dataDir, sandbox });
  const preload = "./tests/faults/support/collect-garbage.mjs";
  server = await ServerProcess.start(settings, ["serve", "--no-worker"], { preload });
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

async function readMemory(): Promise<Memory> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const value = (name: string) => Number(new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1]);
  return {
    heapMib: value("nodejs_heap_size_used_bytes") / mib,
    residentMib: value("process_resident_memory_bytes") / mib,
    subscriptions: value("skyriff_active_subscriptions"),
  };
}

/** The memory without garbage. */
async function settledMemory(): Promise<Memory> {
  const collections = () => server.output.split("garbage collected").length;
  const before = collections();
  server.child.kill("SIGUSR2");
  await until("the garbage collection", () => collections() > before);
  return readMemory();
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

test("2,000 idle subscribers use bounded memory each, and none after they disconnect", async () => {
  const people = await users(10);
  const before = await settledMemory();
  for (let n = 0; n < 200; n++) {
    await Promise.all(
      people.map((client) => subscriber(client, "subscription { myTaskStatus { id status } }")),
    );
  }
  await until("all subscriptions", async () => (await readMemory()).subscriptions === 2_000);
  const during = await settledMemory();
  expect((during.heapMib - before.heapMib) / 2_000).toBeLessThan(0.05);
  for (const socket of sockets.splice(0)) socket.close();
  await until("no subscriptions", async () => (await readMemory()).subscriptions === 0);
  // Closed sockets release their memory over the next turns of the event loop.
  const collected = async () => (await settledMemory()).heapMib - before.heapMib < 20;
  await until("their memory to be freed", collected);
});

test("a subscriber that does not read has one pending state, the newest, and no growing queue", async () => {
  const [ana] = (await users(1)) as [Client];
  await create(ana, { prompt: "长".repeat(1_000) });
  const { db } = testDb.database;
  const [task] = await db.execute<{ id: string; user_id: string }>(sql`select id, user_id from tasks`);
  const aliases = Array.from({ length: 25 }, (_, n) => `p${n}: prompt`).join(" ");
  const readers: WebSocket[] = [];
  for (let n = 0; n < 20; n++)
    readers.push(await subscriber(ana, `subscription { myTaskStatus { revision ${aliases} } }`));
  await until("all subscriptions", async () => (await readMemory()).subscriptions === 20);
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
  // Queued messages would take 20 readers times 600 messages of 75 kB: 900 MB.
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
