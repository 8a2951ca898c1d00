import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { fromDrizzle, PgBoss } from "pg-boss";
import { makeTrouble } from "./chaos.js";
import { findBreaches } from "./checks.js";
import { World } from "./environment.js";
import { Dice } from "./seeded-random.js";
import { User } from "./users.js";

export interface SoakOptions {
  seed: number;
  /** How long there is trouble. What was begun then gets the time to end. */
  troubleMs: number;
  users: number;
  /** How long each of them waits between one call and the next. */
  thinkMs: [number, number];
  /** Between one trouble and the next. */
  pauseMs: [number, number];
  taskTimeoutMs: number;
  /** Does not wait for the clock in the end: tasks that lost their jobs are swept at once. */
  hurry: boolean;
  redis: boolean;
}

export interface SoakReport {
  breaches: string[];
  troubles: string[];
  summary: Record<string, unknown>;
}

/** Many users, a vendor of all moods, and one trouble after the other; then everything must be right. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const startedAtMs = performance.now();
  const say = (text: string) =>
    console.log(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(7)} s  ${text}`);
  const dice = new Dice(options.seed);
  const [chaosDice, ...userDice] = Array.from({ length: options.users + 1 }, () => dice.another());
  const world = await World.create({
    taskTimeoutMs: options.taskTimeoutMs,
    diskMib: 48 + Math.ceil(options.troubleMs / 60_000) * 64,
    servers: 2,
    workers: 2,
    redis: options.redis,
  });
  try {
    say(`seed ${options.seed}; skipped: ${world.skipped.join(", ") || "nothing"}`);
    const users = userDice.map(
      (own, n) => new User(`user-${n}`, `+8613800${String(100_000 + n)}`, world, own, options.thinkMs),
    );
    for (const user of users) await user.join();
    const lives = users.map((user) => user.live());
    const untilMs = performance.now() + options.troubleMs;
    const troubles = await makeTrouble(world, chaosDice as Dice, { untilMs, pauseMs: options.pauseMs, say });

    say("no more trouble");
    world.closing = true;
    world.heal();
    await settle(world, lives, options.hurry);
    say("all has ended");
    const breaches = await findBreaches(world, users, options.taskTimeoutMs);
    return { breaches, troubles, summary: await summarize(world, users) };
  } finally {
    await world.close();
  }
}

/** Until every task has ended, and every user has every answer and has seen every end. */
async function settle(world: World, lives: Promise<void>[], hurry: boolean): Promise<void> {
  let over = false;
  const all = Promise.all(lives).finally(() => {
    over = true;
  });
  const isDone = async () =>
    over &&
    (await world.postgres.ask((db) => db.execute(sql`select from tasks where finished_at is null`)))
      .length === 0;
  for (const giveUpAt = performance.now() + 10 * 60_000; performance.now() < giveUpAt; await sleep(1_000)) {
    if (hurry) await world.postgres.ask(sweepNow);
    if (await isDone()) break;
  }
  await Promise.race([all, sleep(1_000)]);
}

/** What the clock does in the next minute: the sweep, and what is to be tried again later. */
async function sweepNow(db: Parameters<Parameters<World["postgres"]["ask"]>[0]>[0]): Promise<void> {
  await db.execute(sql`
    update tasks set next_look_at = now() where id in (
      select id from tasks where finished_at is null and next_look_at < now() + interval '1 minute'
      for update skip locked)`);
  await db.execute(
    sql`update pgboss.job set start_after = now() where state = 'retry' and start_after > now()`,
  );
  const boss = new PgBoss({ db: fromDrizzle(db, sql), supervise: false, schedule: false, migrate: false });
  await boss.send("sweep-tasks", {});
}

async function summarize(world: World, users: User[]): Promise<Record<string, unknown>> {
  const ends = await world.postgres.ask((db) =>
    db.execute<{ how: string; count: number }>(sql`
      select concat_ws('/', status, failure_code) as how, count(*)::int as count from tasks group by 1 order by 1`),
  );
  const codes = new Map<string, number>();
  for (const user of users) for (const [code, n] of user.codes) codes.set(code, (codes.get(code) ?? 0) + n);
  const watches = users.flatMap((user) => user.watches);
  return {
    tasks: Object.fromEntries(ends.map(({ how, count }) => [how, count])),
    answers: Object.fromEntries([...codes].sort()),
    watched: watches.length,
    "of them reconnected": watches.filter(({ connections }) => connections > 1).length,
    bought: users.flatMap((user) => user.purchases).filter(({ answer }) => answer?.length).length,
    starts: Object.fromEntries(
      [...world.servers, ...world.workers].map(({ name, starts }) => [name, starts]),
    ),
  };
}
