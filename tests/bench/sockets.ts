import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/until.js";
import type { Environment } from "./environment.js";
import { bareSource, type EventSource, type Followed, followedTasks, ourSource } from "./event-sources.js";
import { type Measured, percentiles } from "./measure.js";
import type { Options } from "./options.js";
import { cpuOf, cpuOfFamily, memoryOf } from "./process-use.js";
import { median, type Series } from "./report.js";
import { Watcher } from "./watcher.js";

const openingAtOnce = 64;
const underWayMax = 1_000;
const batchSize = 50;
const pacedSec = 3;
/** Paced: this many events, this often. */
const pacedBatch = 10;
const pacedIntervalMs = 20;

interface MeasuredSockets extends Measured {
  openMs: number;
  kibPerSocket: number;
}

/** Many sockets with one taskStatus each; the bare server in the same rounds. */
export async function measureSockets(
  env: Environment,
  options: Options,
  say: (text: string) => void,
): Promise<Series> {
  const ours: MeasuredSockets[] = [];
  const bare: MeasuredSockets[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    say(`round ${round} of ${options.rounds}: B4 ${options.sockets} sockets`);
    ours.push(await measureOne(await ourSource(env), env, options));
    bare.push(await measureOne(await bareSource(), env, options));
  }
  const both = (what: string, pick: (m: MeasuredSockets) => number, over = median) => ({
    [what]: over(ours.map(pick)),
    [`${what}, bare ws`]: over(bare.map(pick)),
  });
  const most = (values: number[]) => Math.max(...values);
  return {
    name: `B4 taskStatus on ${options.sockets} sockets`,
    ours,
    ceiling: bare,
    more: {
      ...both("ms until all are open", (m) => m.openMs),
      // Memory that a first round has allocated is free for a later one.
      ...both("KiB a socket", (m) => m.kibPerSocket, most),
      ...both("paced p50 ms", (m) => m.p50Ms),
      ...both("paced p99 ms", (m) => m.p99Ms),
    },
  };
}

async function measureOne(
  source: EventSource,
  env: Environment,
  { sockets, seconds }: Options,
): Promise<MeasuredSockets> {
  const followed = await followedTasks(env, sockets);
  const memoryBefore = memoryOf(source.pid);
  const startedMs = performance.now();
  const watchers = await openAll(source.url, followed);
  const openMs = performance.now() - startedMs;
  await sleep(1_000);
  const kibPerSocket = (memoryOf(source.pid) - memoryBefore) / sockets;
  try {
    const paced = await sendPaced(source, watchers);
    return { ...(await sendAll(source, watchers, seconds, env.postgresPid)), ...paced, openMs, kibPerSocket };
  } finally {
    for (const watcher of watchers) watcher.end();
    await source.stop();
  }
}

async function openAll(url: string, followed: Followed[]): Promise<Watcher[]> {
  const watchers: Watcher[] = [];
  const left = followed.values();
  const openSome = async () => {
    for (const each of left) watchers.push(await Watcher.open(url, each));
  };
  await Promise.all(Array.from({ length: openingAtOnce }, openSome));
  return watchers;
}

/** So few events that none waits for another: the latency of one event. */
async function sendPaced(
  source: EventSource,
  watchers: Watcher[],
): Promise<{ p50Ms: number; p99Ms: number }> {
  const takenMs: number[] = [];
  const batches: Promise<unknown>[] = [];
  const startedMs = performance.now();
  for (let n = 0; n * pacedIntervalMs < pacedSec * 1000; n++) {
    await sleep(Math.max(0, startedMs + n * pacedIntervalMs - performance.now()));
    batches.push(change(source, nextFree(watchers, pacedBatch), (ms) => takenMs.push(ms)));
  }
  await Promise.all(batches);
  await until("the last paced events", () => watchers.every(({ awaited }) => awaited === null));
  return percentiles(takenMs);
}

/** As many as go through, with a bound on what is under way. */
async function sendAll(
  source: EventSource,
  watchers: Watcher[],
  seconds: number,
  postgresPid: number,
): Promise<Measured> {
  let delivered = 0;
  let running = true;
  const send = async () => {
    while (running) {
      const underWay = watchers.filter(({ awaited }) => awaited !== null).length;
      const free = underWay < underWayMax ? nextFree(watchers, batchSize) : [];
      if (free.length === 0) await sleep(1);
      else {
        await change(source, free, () => {
          delivered += 1;
        });
      }
    }
  };
  const before = [cpuOf(source.pid), cpuOfFamily(postgresPid)] as const;
  const startedMs = performance.now();
  const senders = Array.from({ length: 6 }, send);
  await sleep(seconds * 1000);
  const [count, tookSec] = [delivered, (performance.now() - startedMs) / 1000];
  const after = [cpuOf(source.pid), cpuOfFamily(postgresPid)] as const;
  running = false;
  await Promise.all(senders);
  return {
    perSec: count / tookSec,
    p50Ms: Number.NaN,
    p99Ms: Number.NaN,
    serverUs: (after[0] - before[0]) / count,
    postgresUs: (after[1] - before[1]) / count,
    failed: 0,
  };
}

let place = 0;
function nextFree(watchers: Watcher[], count: number): Watcher[] {
  const free: Watcher[] = [];
  for (let tries = 0; tries < watchers.length && free.length < count; tries++) {
    place = (place + 1) % watchers.length;
    const watcher = watchers[place] as Watcher;
    if (watcher.awaited === null) free.push(watcher);
  }
  return free;
}

function change(source: EventSource, watchers: Watcher[], onReceived: (ms: number) => void): Promise<void> {
  for (const watcher of watchers) watcher.expect(onReceived);
  return source.change(
    watchers.map(({ followed }) => followed),
    watchers.map(({ revision }) => revision),
  );
}
