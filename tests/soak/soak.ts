import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { fromDrizzle, PgBoss } from "pg-boss";
import { findBreaches } from "./checks.js";
import { Environment } from "./environment.js";
import { injectFaults } from "./faults.js";
import { SeededRandom } from "./seeded-random.js";
import { User } from "./users.js";

export interface SoakOptions {
  seed: number;
  /** How long faults are injected. Unfinished work then gets time to end. */
  faultsMs: number;
  users: number;
  /** How long each user waits between two calls. */
  thinkMs: [number, number];
  /** Between two faults. */
  pauseMs: [number, number];
  /** At the end, sweeps tasks that lost their jobs at once instead of waiting for the clock. */
  sweepEarly: boolean;
  redis: boolean;
}

export interface SoakReport {
  breaches: string[];
  faults: string[];
  summary: Record<string, unknown>;
}

/** Many users, an unreliable vendor and one fault after another. Afterwards every invariant must hold. */
export async function soak(options: SoakOptions): Promise<SoakReport> {
  const startedAtMs = performance.now();
  const log = (text: string) =>
    console.log(`${((performance.now() - startedAtMs) / 1000).toFixed(1).padStart(7)} s  ${text}`);
  const random = new SeededRandom(options.seed);
  const [faultsRandom, ...userRandoms] = Array.from({ length: options.users + 1 }, () => random.fork());
  const environment = await Environment.create({
    diskMib: 48 + Math.ceil(options.faultsMs / 60_000) * 64,
    servers: 2,
    workers: 2,
    redis: options.redis,
  });
  try {
    log(`seed ${options.seed}; skipped: ${environment.skipped.join(", ") || "nothing"}`);
    const users = userRandoms.map(
      (own, n) => new User(`user-${n}`, `+8613800${String(100_000 + n)}`, environment, own, options.thinkMs),
    );
    for (const user of users) await user.logIn();
    await Promise.all(users.map((user) => user.publishFirstWork()));
    const lives = users.map((user) => user.live());
    const untilMs = performance.now() + options.faultsMs;
    const faults = await injectFaults(environment, faultsRandom as SeededRandom, {
      untilMs,
      pauseMs: options.pauseMs,
      log,
    });

    log("no more faults");
    environment.closing = true;
    environment.heal();
    await waitForEnds(environment, lives, options.sweepEarly);
    log("every task has ended");
    const breaches = await findBreaches(environment, users);
    return { breaches, faults, summary: await summarize(environment, users) };
  } finally {
    await environment.close();
  }
}

/** Waits until every task has ended and every user has every response and has seen every end. */
async function waitForEnds(environment: Environment, lives: Promise<void>[], hurry: boolean): Promise<void> {
  let over = false;
  const all = Promise.all(lives).finally(() => {
    over = true;
  });
  const isDone = async () =>
    over &&
    (await environment.postgres.query((db) => db.execute(sql`select from tasks where finished_at is null`)))
      .length === 0;
  for (const giveUpAt = performance.now() + 10 * 60_000; performance.now() < giveUpAt; await sleep(1_000)) {
    if (hurry) await environment.postgres.query(sweepNow);
    if (await isDone()) break;
  }
  await Promise.race([all, sleep(1_000)]);
}

/** Does now what the clock does within the next minute: sweeps tasks, releases incomes and starts retries. */
async function sweepNow(db: Parameters<Parameters<Environment["postgres"]["query"]>[0]>[0]): Promise<void> {
  await db.execute(sql`
    update tasks set next_check_at = now() where id in (
      select id from tasks where finished_at is null and next_check_at < now() + interval '1 minute'
      for update skip locked)`);
  await db.execute(
    sql`update pgboss.job set start_after = now() where state = 'retry' and start_after > now()`,
  );
  const boss = new PgBoss({ db: fromDrizzle(db, sql), supervise: false, schedule: false, migrate: false });
  await boss.send("sweep-tasks", {});
  await boss.send("wallet.release-incomes", {});
}

async function summarize(environment: Environment, users: User[]): Promise<Record<string, unknown>> {
  const ends = await environment.postgres.query((db) =>
    db.execute<{ how: string; count: number }>(sql`
      select concat_ws('/', status, failure_code) as how, count(*)::int as count from tasks group by 1 order by 1`),
  );
  const codes = new Map<string, number>();
  for (const user of users) for (const [code, n] of user.codes) codes.set(code, (codes.get(code) ?? 0) + n);
  const watches = users.flatMap((user) => user.watches);
  const incomes = await environment.postgres.query((db) =>
    db.execute<{ what: string; count: number }>(
      sql`select concat_ws(' ', type, state) as what, count(*)::int as count from incomes group by 1 order by 1`,
    ),
  );
  return {
    incomes: Object.fromEntries(incomes.map(({ what, count }) => [what, count])),
    tasks: Object.fromEntries(ends.map(({ how, count }) => [how, count])),
    answers: Object.fromEntries([...codes].sort()),
    watched: watches.length,
    "of them reconnected": watches.filter(({ connections }) => connections > 1).length,
    bought: users.flatMap((user) => user.purchases).filter(({ answer }) => answer?.length).length,
    starts: Object.fromEntries(
      [...environment.servers, ...environment.workers].map(({ name, starts }) => [name, starts]),
    ),
  };
}
