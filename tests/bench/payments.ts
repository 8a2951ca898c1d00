import { print } from "graphql";
import type postgres from "postgres";
import { TipWorkDocument, UnlockPromptDocument } from "../../src/generated/operations.js";
import { IncomesService } from "../../src/modules/wallet/index.js";
import { insertTip, insertUnlock } from "../../src/modules/works/payments/payments.repository.js";
import { connectDatabase, type Queryable } from "../../src/platform/db/index.js";
import { newUuid, publicId } from "../../src/platform/ids/ids.js";
import { LocalBus } from "../support/local-bus.js";
import { countReactions } from "./community.js";
import type { Environment } from "./environment.js";
import { HttpLane, requestOf } from "./http-lane.js";
import { type Measured, measure } from "./measure.js";
import type { Options } from "./options.js";
import { oneOf } from "./requests.js";
import { catchStatement, type Statement } from "./statements.js";
import { type BenchUser, userIdOf } from "./users.js";

const dueIncomes = 100_000;
const creatorsOfDueIncomes = 1_000;

/** Authors who were stored without a wallet get one. */
export async function openWallets(sql: postgres.Sql): Promise<void> {
  await sql`insert into wallets (user_id) select id from users on conflict do nothing`;
}

/** Tips of ten credits by random users for random ones of these works. */
export async function measureTips(
  env: Environment,
  { conns, seconds }: Options,
  workIds: readonly string[],
): Promise<Measured> {
  const query = print(TipWorkDocument);
  const lanes = Array.from({ length: conns }, () =>
    HttpLane.open(env.url, () => {
      const input = { workId: publicId("work", oneOf(workIds)), credits: 10 };
      return requestOf(env.url, oneOf(env.users).token, query, { input });
    }),
  );
  const counting = await countReactions(env);
  return measure(await Promise.all(lanes), seconds, env).finally(() => counting.stop());
}

/** Each user pays for each prompt once: the works are taken in turn. */
export async function measureUnlocks(
  env: Environment,
  { conns, seconds }: Options,
  nextPair: () => Pair,
): Promise<Measured> {
  const query = print(UnlockPromptDocument);
  const lanes = Array.from({ length: conns }, () =>
    HttpLane.open(env.url, () => {
      const { user, workId } = nextPair();
      return requestOf(env.url, user.token, query, { input: { workId: publicId("work", workId) } });
    }),
  );
  return measure(await Promise.all(lanes), seconds, env);
}

export interface Pair {
  user: BenchUser;
  workId: string;
}

/** Gives each pair of a user and a work once. */
export function pairsOf({ users }: Environment, workIds: readonly string[]): () => Pair {
  let next = 0;
  return () => {
    const [nth, place] = [next % users.length, Math.floor(next / users.length)];
    next++;
    const workId = workIds[place];
    if (!workId) throw new Error(`more than ${users.length * workIds.length} prompts were paid for`);
    return { user: users[nth] as BenchUser, workId };
  };
}

/** The product's own statement for one tip, by the plain driver. */
export const tipStatement = (env: Environment, workIds: readonly string[]): Statement =>
  ownStatement(
    env,
    (db, user) =>
      void insertTip(db, { ...valuesOf(user, oneOf(workIds)), credits: 10, tipCreditsPerDay: 1_000_000_000 }),
  );

export const unlockStatement = (env: Environment, nextPair: () => Pair): Statement =>
  ownStatement(env, (db) => {
    const { user, workId } = nextPair();
    void insertUnlock(db, { ...valuesOf(user, workId), maxCostCredits: 100 });
  });

const valuesOf = (user: BenchUser, workId: string) => ({
  ...{ spendId: newUuid(), feeId: newUuid(), incomeId: newUuid() },
  ...{ payerId: userIdOf(user), workId, accountAgeMinMs: 0, freezeMs: 604_800_000 },
  ...{ caller: [userIdOf(user)], mutation: ["bench"], key: [null], input_hash: [null] },
});

/** A prepared statement of the product, with the parameters of each call. */
function ownStatement({ users }: Environment, call: (db: Queryable, user: BenchUser) => void): Statement {
  const catchFor = (user: BenchUser) => catchStatement((db) => call(db, user));
  return { text: catchFor(oneOf(users)).sql, parametersOf: (user) => catchFor(user).params };
}

/** Incomes a second that one release gives out, of 100,000 that are due. */
export async function measureRelease({ sql, databaseUrl }: Environment): Promise<Measured> {
  await seedDueIncomes(sql);
  const database = connectDatabase({ url: databaseUrl, poolSize: 1, applicationName: "bench" });
  try {
    const startedMs = performance.now();
    const released = await new IncomesService(database.db, new LocalBus()).releaseDue();
    const tookMs = performance.now() - startedMs;
    if (released < dueIncomes) throw new Error(`${released} incomes were released`);
    return {
      ...{ perSec: (released * 1000) / tookMs, p50Ms: Number.NaN, p99Ms: Number.NaN },
      ...{ serverUs: Number.NaN, postgresUs: Number.NaN, failed: 0 },
    };
  } finally {
    await database.close();
  }
}

/** Incomes with their transfers, which were paid from outside of the ledger. */
async function seedDueIncomes(sql: postgres.Sql): Promise<void> {
  await sql`create table bench_incomes as
    select uuidv7() as id, 'bench:' || uuidv7() as key, a.id as user_id, uuidv7() as work_id, n
    from generate_series(1, ${dueIncomes}::int) n
    join (select id, row_number() over () as nr from users limit ${creatorsOfDueIncomes}) a
      on a.nr = 1 + n % ${creatorsOfDueIncomes}::int`;
  await sql`update wallets w set coins_pending = w.coins_pending + i.units, sequence = w.sequence + i.count
    from (select user_id, count(*) as count, count(*) * 4500 as units from bench_incomes group by 1) i
    where i.user_id = w.user_id`;
  await sql`insert into ledger_transfers (id, key, type, asset, amount, debit_account, credit_account, credit_user_id,
      credit_balance_after, credit_sequence, subject_type, subject_id)
    select id, key || ':income:0', 'TIP_INCOME', 'COIN', 4500, 'EXCHANGE', 'PENDING', user_id, 4500, n, 'work', work_id
    from bench_incomes`;
  await sql`insert into incomes (id, user_id, type, units, payment_key, payer_id, paid_credits, work_id, earning_work_id,
      level, created_at, release_at)
    select id, user_id, 'TIP', 4500, key, work_id, 10, work_id, work_id, 0,
      now() - interval '8 days' + n * interval '10 milliseconds',
      now() - interval '1 day' + n * interval '10 milliseconds'
    from bench_incomes`;
  await sql`drop table bench_incomes`;
  await sql`vacuum analyze wallets, incomes, ledger_transfers`;
}
