import { setTimeout as sleep } from "node:timers/promises";
import { cpuOf, cpuOfFamily } from "./process-use.js";

/** The result of one measurement. Processor times are NaN where the system does not report them. */
export interface Measured {
  perSec: number;
  p50Ms: number;
  p99Ms: number;
  serverUs: number;
  postgresUs: number;
  failed: number;
  /** The first failure's message. */
  failure?: string;
}

/** One of the things that go on at the same time: `once` is one of what is counted. */
export interface Lane {
  once(): Promise<void>;
  end?(): void;
}

/** Before the clock runs: the compilers of Node.js learn what is hot, statements are prepared. */
export const warmUpMs = (seconds: number) => Math.max(1_000, seconds * 250);

interface Watched {
  serverPid: number | null;
  postgresPid: number;
}

/**
 * Keeps every lane busy with one thing at a time, and counts what is done within the seconds. With `perSec`, the lanes
 * start so many together, evenly spread.
 */
export async function measure(
  lanes: Lane[],
  seconds: number,
  watched: Watched,
  { perSec = Number.POSITIVE_INFINITY } = {},
): Promise<Measured> {
  const takenMs: number[] = [];
  const failures: string[] = [];
  let counting = false;
  let running = true;
  const periodMs = (lanes.length * 1_000) / perSec;
  const work = lanes.map(async (lane, nth) => {
    for (let dueMs = performance.now() + (periodMs * nth) / lanes.length; running; dueMs += periodMs) {
      if (periodMs > 0) await sleep(Math.max(0, dueMs - performance.now()));
      const startedMs = performance.now();
      try {
        await lane.once();
        if (counting) takenMs.push(performance.now() - startedMs);
      } catch (error) {
        failures.push(String(error));
        await sleep(50);
      }
    }
    lane.end?.();
  });
  await sleep(warmUpMs(seconds));
  const use = () => [
    watched.serverPid === null ? Number.NaN : cpuOf(watched.serverPid),
    cpuOfFamily(watched.postgresPid),
  ];
  const [serverBefore = 0, postgresBefore = 0] = use();
  const startedMs = performance.now();
  counting = true;
  await sleep(seconds * 1000);
  counting = false;
  const tookSec = (performance.now() - startedMs) / 1000;
  const [serverAfter = 0, postgresAfter = 0] = use();
  running = false;
  await Promise.all(work);
  return {
    perSec: takenMs.length / tookSec,
    ...percentiles(takenMs),
    serverUs: (serverAfter - serverBefore) / takenMs.length,
    postgresUs: (postgresAfter - postgresBefore) / takenMs.length,
    failed: failures.length,
    failure: failures[0],
  };
}

export function percentiles(takenMs: number[]): { p50Ms: number; p99Ms: number } {
  const sorted = Float64Array.from(takenMs).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return { p50Ms: at(0.5) ?? Number.NaN, p99Ms: at(0.99) ?? Number.NaN };
}
