import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { Environment } from "./environment.js";
import type { SeededRandom } from "./seeded-random.js";

interface Fault {
  name: string;
  /** Relative frequency. */
  weight: number;
  isPossible?(environment: Environment): boolean;
  make(environment: Environment, random: SeededRandom): Promise<unknown>;
}

const endSessions = (environment: Environment, name: string) =>
  environment.postgres.query((db) =>
    db.execute(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like ${name} and pid <> pg_backend_pid()`),
  );

const vendorFaults = [
  "503",
  "429:1",
  "500",
  "cut",
  "cut-before",
  "hang",
  "check-500",
  "check-hang",
  "file-500",
];

const faults: Fault[] = [
  {
    name: "a worker is killed",
    weight: 4,
    make: (environment, random) => random.pick(environment.workers).kill("SIGKILL"),
  },
  {
    name: "a server is killed",
    weight: 4,
    make: (environment, random) => random.pick(environment.servers).kill("SIGKILL"),
  },
  {
    name: "a server or worker gets SIGTERM",
    weight: 2,
    make: (environment, random) =>
      random.pick([...environment.servers, ...environment.workers]).kill("SIGTERM"),
  },
  {
    name: "PostgreSQL ends all sessions",
    weight: 3,
    make: (environment) => endSessions(environment, "skyriff%"),
  },
  {
    name: "PostgreSQL ends the sessions that listen for events",
    weight: 2,
    make: (environment) => endSessions(environment, "skyriff-events"),
  },
  {
    name: "PostgreSQL ends the sessions that show workers as alive",
    weight: 2,
    make: (environment) => endSessions(environment, "skyriff-presence"),
  },
  { name: "PostgreSQL restarts", weight: 2, make: (environment) => environment.postgres.restart() },
  { name: "PostgreSQL crashes", weight: 2, make: (environment) => environment.postgres.crash() },
  {
    name: "every connection to PostgreSQL breaks",
    weight: 2,
    make: async (environment) => environment.postgres.proxy.cut(),
  },
  {
    name: "PostgreSQL does not answer for a while",
    weight: 2,
    make: async ({ postgres }, random) => {
      postgres.proxy.stall();
      await sleep(random.int(500, 4_000));
      postgres.proxy.heal();
    },
  },
  {
    name: "open connections to PostgreSQL stall forever",
    weight: 1,
    make: async (environment) => environment.postgres.proxy.stallOpenConnections(),
  },
  {
    name: "Redis restarts",
    weight: 3,
    isPossible: ({ redis }) => redis !== null,
    make: async ({ redis }, random) => {
      await redis?.stop();
      await sleep(random.int(0, 2_000));
      await redis?.start();
    },
  },
  {
    name: "the disk is full for a while",
    weight: 3,
    isPossible: ({ disk }) => disk !== null,
    make: async ({ disk }, random) => {
      disk?.fill();
      await sleep(random.int(1_000, 5_000));
      disk?.empty();
    },
  },
  {
    name: "the vendor fails",
    weight: 3,
    make: async ({ fleet }, random) => {
      fleet.sandbox.control.enableFault(random.pick(vendorFaults));
      await sleep(random.int(500, 4_000));
      fleet.sandbox.control.clearFaults();
    },
  },
];

/** Injects one fault after another until the time is over. Returns their names. */
export async function injectFaults(
  environment: Environment,
  random: SeededRandom,
  options: { untilMs: number; pauseMs: [number, number]; log: (text: string) => void },
): Promise<string[]> {
  const bag = faults
    .filter((fault) => fault.isPossible?.(environment) ?? true)
    .flatMap((fault) => Array.from({ length: fault.weight }, () => fault));
  const done: string[] = [];
  while (performance.now() < options.untilMs) {
    await sleep(random.int(...options.pauseMs));
    const fault = random.pick(bag);
    options.log(fault.name);
    done.push(fault.name);
    await fault.make(environment, random);
  }
  return done;
}
