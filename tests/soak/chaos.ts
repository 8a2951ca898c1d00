import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import type { World } from "./environment.js";
import type { Dice } from "./seeded-random.js";

interface Trouble {
  name: string;
  /** How often, against the others. */
  weight: number;
  isPossible?(world: World): boolean;
  make(world: World, dice: Dice): Promise<unknown>;
}

const endSessions = (world: World, name: string) =>
  world.postgres.ask((db) =>
    db.execute(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like ${name} and pid <> pg_backend_pid()`),
  );

const vendorTrouble = [
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

const troubles: Trouble[] = [
  {
    name: "a worker is killed",
    weight: 4,
    make: (world, dice) => dice.pick(world.workers).kill("SIGKILL"),
  },
  {
    name: "a server is killed",
    weight: 4,
    make: (world, dice) => dice.pick(world.servers).kill("SIGKILL"),
  },
  {
    name: "one of them is told to stop",
    weight: 2,
    make: (world, dice) => dice.pick([...world.servers, ...world.workers]).kill("SIGTERM"),
  },
  { name: "PostgreSQL ends all sessions", weight: 3, make: (world) => endSessions(world, "skyriff%") },
  { name: "nobody listens any more", weight: 2, make: (world) => endSessions(world, "skyriff-events") },
  { name: "workers seem to be gone", weight: 2, make: (world) => endSessions(world, "skyriff-presence") },
  { name: "PostgreSQL restarts", weight: 2, make: (world) => world.postgres.restart() },
  { name: "PostgreSQL crashes", weight: 2, make: (world) => world.postgres.crash() },
  {
    name: "the wire to PostgreSQL is cut",
    weight: 2,
    make: async (world) => world.postgres.wire.cut(),
  },
  {
    name: "PostgreSQL does not answer for a while",
    weight: 2,
    make: async ({ postgres }, dice) => {
      postgres.wire.stall();
      await sleep(dice.int(500, 4_000));
      postgres.wire.heal();
    },
  },
  {
    name: "connections to PostgreSQL are dead, and nobody is told",
    weight: 1,
    make: async (world) => world.postgres.wire.loseOpen(),
  },
  {
    name: "Redis restarts",
    weight: 3,
    isPossible: ({ redis }) => redis !== null,
    make: async ({ redis }, dice) => {
      await redis?.stop();
      await sleep(dice.int(0, 2_000));
      await redis?.start();
    },
  },
  {
    name: "the disk is full for a while",
    weight: 3,
    isPossible: ({ disk }) => disk !== null,
    make: async ({ disk }, dice) => {
      disk?.fill();
      await sleep(dice.int(1_000, 5_000));
      disk?.empty();
    },
  },
  {
    name: "the vendor has trouble",
    weight: 3,
    make: async ({ fleet }, dice) => {
      fleet.sandbox.control.switchOn(dice.pick(vendorTrouble));
      await sleep(dice.int(500, 4_000));
      fleet.sandbox.control.clearFaults();
    },
  },
];

/** One trouble after the other until the time is over. Answers with what was done. */
export async function makeTrouble(
  world: World,
  dice: Dice,
  options: { untilMs: number; pauseMs: [number, number]; say: (text: string) => void },
): Promise<string[]> {
  const bag = troubles
    .filter((trouble) => trouble.isPossible?.(world) ?? true)
    .flatMap((trouble) => Array.from({ length: trouble.weight }, () => trouble));
  const done: string[] = [];
  while (performance.now() < options.untilMs) {
    await sleep(dice.int(...options.pauseMs));
    const trouble = dice.pick(bag);
    options.say(trouble.name);
    done.push(trouble.name);
    await trouble.make(world, dice);
  }
  return done;
}
