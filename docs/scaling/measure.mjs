// Measures what docs/scaling.md computes with: `npm run measure`, or with the parts that are wanted behind it
// (idle, films, lives, events, sockets). Takes some minutes, and uses a data folder of its own. Processor times
// hardly depend on what else the machine does; rates do.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import postgres from "postgres";
import { WebSocket } from "ws";
import shippedCatalog from "../../dist/modules/catalog/catalogs/default.json" with { type: "json" };
import { taskChanged } from "../../dist/modules/tasks/index.js";
import { walletChanged } from "../../dist/modules/wallet/index.js";
import { PostgresBus } from "../../dist/platform/events/postgres-bus.js";
import { jobsReady } from "../../dist/platform/jobs/jobs.js";
import { bytesOf, cpuSec, databaseUrl, freePort, postgresCpuSec, residentMib, start } from "./processes.mjs";

const films = 6;
const lives = 300;
const orders = 3_000;
const sockets = 2_000;
const events = 5_000;
const users = 64;
const code = "123456";

const dataDir = mkdtempSync(join(tmpdir(), "skyriff-measure-"));
const vendorPort = await freePort();
const vendor = await start(
  ["sandbox-vendor", "--port", `${vendorPort}`],
  { SANDBOX_DURATION_MS: "1000", DYUAPI_API_KEY: "any" },
  /sandbox vendor at (http:\S+?),? /,
);
const metricsPort = await freePort();
const env = {
  DATA_DIR: dataDir,
  PORT: "0",
  VENDOR: "dyuapi",
  DYUAPI_BASE_URL: `http://127.0.0.1:${vendorPort}`,
  DYUAPI_API_KEY: "any",
  SMS_FIXED_CODE: code,
  SIGNUP_CREDITS: "1000000000",
  LOGIN_CODES_PER_ADDRESS_PER_HOUR: "1000000",
  RATE_LIMIT_PER_MINUTE: "100000000",
  MAX_CONCURRENT_TASKS: "100000000",
  MAX_TASKS_PER_DAY: "100000000",
  LOG_LEVEL: "info",
};
const api = await start(
  ["serve", "--no-worker"],
  { ...env, METRICS_PORT: `${metricsPort}` },
  /GraphQL +(http\S+)\/graphql/,
);
const url = api.found[1];
const sql = postgres(databaseUrl(dataDir), { max: 2, onnotice: () => {} });

const quiet = { warn: console.error, error: console.error, info() {} };
const bus = new PostgresBus(databaseUrl(dataDir), quiet);
await bus.listen();
const rows = [];
const say = (what, value) => {
  rows.push(`| ${what} | ${value} |`);
  console.error(`${what}: ${value}`);
};

try {
  const tokens = await Promise.all(Array.from({ length: users }, (_, nth) => logIn(nth)));
  const parts = process.argv.slice(2);
  const wanted = (part) => parts.length === 0 || parts.includes(part);
  if (wanted("idle")) await measureIdle();
  if (wanted("films")) await measureFilms(tokens);
  if (wanted("lives")) await measureLives(tokens);
  if (wanted("events")) await measureEvents();
  if (wanted("sockets")) await measureSockets(await measureOrders(tokens));
  console.log(
    `| measured on ${cpus().length} cores (${cpus()[0].model}), Node ${process.version} | |\n| --- | --- |`,
  );
  console.log(rows.join("\n"));
} finally {
  await bus.close();
  await sql.end();
  await api.stop();
  await vendor.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

async function ask(token, query, variables) {
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

async function logIn(nth) {
  const phone = `+86138${10_000_000 + nth}`;
  await ask(null, "mutation ($p: PhoneNumber!) { requestLoginCode(input: { phone: $p }) { expiresAt } }", {
    p: phone,
  });
  const login =
    "mutation ($p: PhoneNumber!, $c: String!) { login(input: { phone: $p, code: $c }) { accessToken } }";
  return (await ask(null, login, { p: phone, c: code })).login.accessToken;
}

async function order(token, prompt) {
  const create =
    "mutation ($p: String!) { createTask(input: { prompt: $p }) { task { id status } wallet { credits } } }";
  return (await ask(token, create, { p: prompt })).createTask.task.id;
}

async function heapMib() {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return Number(/^nodejs_heap_size_used_bytes (\S+)/m.exec(text)[1]) / 2 ** 20;
}

async function measureIdle() {
  await sleep(5_000);
  const [cpu, database] = [cpuSec(api.pid), postgresCpuSec(dataDir)];
  await sleep(20_000);
  say("an idle server: memory (MiB resident)", residentMib(api.pid).toFixed(0));
  say("an idle server: processor", percent(cpuSec(api.pid) - cpu, 20));
  say("its PostgreSQL meanwhile", percent(postgresCpuSec(dataDir) - database, 20));
  say("connections of a server", await connections());
}

async function connections() {
  const found = await sql`
    select application_name as name, count(*)::int as n from pg_stat_activity
    where datname = current_database() and application_name like 'skyriff%' group by 1 order by 1`;
  return found.map(({ name, n }) => `${n} ${name}`).join(", ");
}

/** From the order to the video, one after the other and at the shipped size: what a worker does. */
async function measureFilms([token]) {
  const worker = await start(["worker"], env, /worker ready/);
  await sleep(3_000);
  const cpu = cpuSec(worker.pid);
  for (let nth = 0; nth < films; nth++) {
    await order(token, `film ${nth}, measured`);
    await allMade();
  }
  say("a video of 10 s at 720x1280: worker with ffmpeg (processor s)", each(cpuSec(worker.pid) - cpu, films));
  say("a worker: memory (MiB resident)", residentMib(worker.pid).toFixed(0));
  say("connections of a server and a worker", await connections());
  const storage = join(dataDir, "storage");
  say("a video: clean (KiB)", (bytesOf(storage, "clean.mp4") / films / 1024).toFixed(0));
  say("a video: preview (KiB)", (bytesOf(storage, "preview.mp4") / films / 1024).toFixed(0));
  say("a video: stills (KiB)", (bytesOf(storage, ".webp") / films / 1024).toFixed(0));
  await worker.stop();
}

/** Many at once, with films so small that they cost next to nothing: what all the rest costs. */
async function measureLives(tokens) {
  const catalog = join(dataDir, "small-films.json");
  const sizes = { RATIO_9_16: "144x256", RATIO_16_9: "256x144", RATIO_1_1: "144x144" };
  writeFileSync(catalog, JSON.stringify({ ...shippedCatalog, sizes }));
  const worker = await start(["worker"], { ...env, MODEL_CATALOG: catalog }, /worker ready/);
  await sleep(3_000);
  const restSec = 20;
  const atRest = postgresCpuSec(dataDir);
  await sleep(restSec * 1000);
  const restPerSec = (postgresCpuSec(dataDir) - atRest) / restSec;
  say("a server and a worker at rest: PostgreSQL", percent(restPerSec, 1));
  const [size, wal, cpu, database] = [
    await tableBytes(),
    await walBytes(),
    cpuSec(api.pid),
    postgresCpuSec(dataDir),
  ];
  const startedAt = performance.now();
  let heard = 0;
  const topics = [taskChanged, walletChanged, jobsReady];
  const stops = topics.map((topic) => bus.subscribe(topic, () => heard++));
  await Promise.all(Array.from({ length: lives }, (_, nth) => order(tokens[nth % users], `life ${nth}`)));
  await allMade();
  for (const stop of stops) stop();
  say("a task's whole life: server (processor ms)", each((cpuSec(api.pid) - cpu) * 1000, lives));
  const restSoFar = (restPerSec * (performance.now() - startedAt)) / 1000;
  const work = postgresCpuSec(dataDir) - database - restSoFar;
  say("a task's whole life: PostgreSQL, rest taken off (processor ms)", each(work * 1000, lives));
  say("a task's whole life: write-ahead log (KiB)", (((await walBytes()) - wal) / lives / 1024).toFixed(0));
  say("a task's whole life: events to every server", (heard / lives).toFixed(1));
  say("a task's whole life: rows with their indexes (bytes)", growth(size, await tableBytes(), lives));
  await worker.stop();
}

async function allMade() {
  for (;;) {
    await sleep(500);
    const [{ open, failed }] = await sql`
      select count(*) filter (where finished_at is null)::int as open,
        count(*) filter (where status = 'FAILURE')::int as failed from tasks`;
    if (failed > 0) throw new Error(`${failed} tasks failed`);
    if (open === 0) return;
  }
}

function growth(before, after, count) {
  return Object.entries(after)
    .map(([name, bytes]) => [name, (bytes - (before[name] ?? 0)) / count])
    .filter(([, bytes]) => bytes >= 20)
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, bytes]) => `${bytes.toFixed(0)} ${name}`)
    .join(", ");
}

/** One event at a time, about rows without subscribers: the cost of other servers' events. */
async function measureEvents() {
  const [cpu, database] = [cpuSec(api.pid), postgresCpuSec(dataDir)];
  for (let nth = 0; nth < events; nth++) {
    bus.publish(taskChanged, { taskId: randomUUID(), userId: randomUUID(), revision: 1 });
    await sleep(1);
  }
  say("an event of another server: server (processor ms)", each((cpuSec(api.pid) - cpu) * 1000, events));
  say(
    "an event of another server: PostgreSQL (processor ms)",
    each((postgresCpuSec(dataDir) - database) * 1000, events),
  );
}

async function measureOrders(tokens) {
  const [size, wal, cpu, database] = [
    await tableBytes(),
    await walBytes(),
    cpuSec(api.pid),
    postgresCpuSec(dataDir),
  ];
  const startedAt = performance.now();
  const ids = [];
  let nth = 0;
  await Promise.all(
    tokens.map(async (token) => {
      while (nth++ < orders) ids.push({ id: await order(token, "a cat running on grass"), token });
    }),
  );
  const sec = (performance.now() - startedAt) / 1000;
  say("createTask: server (processor ms)", each((cpuSec(api.pid) - cpu) * 1000, ids.length));
  say("createTask: PostgreSQL (processor ms)", each((postgresCpuSec(dataDir) - database) * 1000, ids.length));
  say("createTask: orders a second here and now", (ids.length / sec).toFixed(0));
  say("createTask: write-ahead log (KiB)", (((await walBytes()) - wal) / ids.length / 1024).toFixed(1));
  say("createTask: rows with their indexes (bytes)", growth(size, await tableBytes(), ids.length));
  return ids;
}

async function measureSockets(tasks) {
  const [rss, heap] = [residentMib(api.pid), await heapMib()];
  const open = [];
  for (let nth = 0; nth < sockets; nth++) open.push(await follow(tasks[nth % tasks.length]));
  await sleep(5_000);
  say(
    `${sockets} subscribers: server memory, each (KiB resident)`,
    each((residentMib(api.pid) - rss) * 1024, sockets),
  );
  say(`${sockets} subscribers: heap, each (KiB)`, each(((await heapMib()) - heap) * 1024, sockets));
  const [cpu, database] = [cpuSec(api.pid), postgresCpuSec(dataDir)];
  await sleep(30_000);
  say(`${sockets} idle subscribers: server processor`, percent(cpuSec(api.pid) - cpu, 30));
  say(`${sockets} idle subscribers: PostgreSQL processor`, percent(postgresCpuSec(dataDir) - database, 30));
  for (const socket of open) socket.terminate();
}

function follow({ id, token }) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/graphql`, "graphql-transport-ws");
    socket.once("error", reject);
    socket.once("open", () => {
      socket.send(JSON.stringify({ type: "connection_init", payload: { authorization: `Bearer ${token}` } }));
    });
    socket.on("message", (data) => {
      const message = JSON.parse(data);
      const query = `subscription { taskStatus(taskId: "${id}") { id status progress } }`;
      if (message.type === "connection_ack")
        socket.send(JSON.stringify({ id: "1", type: "subscribe", payload: { query } }));
      else if (message.type === "ping") socket.send('{"type":"pong"}');
      else if (message.type === "next") resolve(socket);
      else if (message.type === "error") reject(new Error(String(data)));
    });
  });
}

async function walBytes() {
  const [{ bytes }] = await sql`select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float as bytes`;
  return bytes;
}

async function tableBytes() {
  const tables = await sql`
    select relname as name, pg_total_relation_size(oid)::float as bytes from pg_class
    where relkind = 'r' and relnamespace::regnamespace::text in ('public', 'pgboss')`;
  return Object.fromEntries(tables.map(({ name, bytes }) => [name, bytes]));
}

function each(sum, count) {
  return (sum / count).toFixed(2);
}

function percent(sec, ofSec) {
  return `${((sec / ofSec) * 100).toFixed(1)} % of a core`;
}
