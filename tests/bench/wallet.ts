import postgres from "postgres";
import { hold, refund, settle } from "../../src/modules/wallet/ledger/index.js";
import { connectDatabase } from "../../src/platform/db/index.js";
import { newUuid, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Environment } from "./environment.js";
import { type Measured, measure } from "./measure.js";
import type { Options } from "./options.js";
import { oneOf } from "./requests.js";

/** Lanes: the product's pool has fewer connections than a server has callers. */
const lanesCount = 16;
const ends = { settle, refund };
export type Ending = keyof typeof ends;

/** Pairs by the wallet's verbs, each verb in a transaction of its own. */
export async function measurePairs(env: Environment, { seconds }: Options, how: Ending): Promise<Measured> {
  const { db, close } = connectDatabase({
    ...{ url: env.databaseUrl, poolSize: lanesCount, applicationName: "bench" },
  });
  const userIds = userIdsOf(env);
  const lane = {
    once: async () => {
      const taskId = newUuid();
      await db.transaction((tx) => hold(tx, [{ userId: oneOf(userIds), taskId, credits: 10 }]));
      await db.transaction((tx) => ends[how](tx, taskId));
    },
  };
  try {
    return await measure(Array(lanesCount).fill(lane), seconds, {
      serverPid: null,
      postgresPid: env.postgresPid,
    });
  } finally {
    await close();
  }
}

/** The least cost of moving credits: one wallet, one transfer, twice, without checks of ours. */
export async function measureRawPairs(
  env: Environment,
  { seconds }: Options,
  how: Ending,
): Promise<Measured> {
  const sql = postgres(env.databaseUrl, { max: lanesCount, onnotice: () => {} });
  const userIds = userIdsOf(env);
  const held = rawMove("GEN_HOLD", "credits_free = credits_free - 10, credits_held = credits_held + 10");
  const ended =
    how === "settle"
      ? rawMove("GEN_SETTLE", "credits_held = credits_held - 10")
      : rawMove("GEN_REFUND", "credits_free = credits_free + 10, credits_held = credits_held - 10");
  const lane = {
    once: async () => {
      const userId = oneOf(userIds);
      const taskId = newUuid();
      const holdId = newUuid();
      const run = (text: string, values: unknown[]) => sql.unsafe(text, values as never[], { prepare: true });
      await run(held, [userId, holdId, `hold:${taskId}`, taskId, null]);
      await run(ended, [userId, newUuid(), `end:${taskId}`, taskId, holdId]);
    },
  };
  try {
    return await measure(Array(lanesCount).fill(lane), seconds, {
      serverPid: null,
      postgresPid: env.postgresPid,
    });
  } finally {
    await sql.end({ timeout: 2 });
  }
}

function rawMove(type: "GEN_HOLD" | "GEN_SETTLE" | "GEN_REFUND", set: string): string {
  const free = "user_id, credits_free, sequence";
  const heldAccount = "user_id, credits_held, sequence";
  const none = "null::uuid, null::bigint, null::bigint";
  const sides = {
    GEN_HOLD: `'FREE'::ledger_account, ${free}, 'HELD'::ledger_account, ${heldAccount}`,
    GEN_SETTLE: `'HELD'::ledger_account, ${heldAccount}, 'REVENUE'::ledger_account, ${none}`,
    GEN_REFUND: `'HELD'::ledger_account, ${heldAccount}, 'FREE'::ledger_account, ${free}`,
  };
  return `with moved as (
      update wallets set ${set}, sequence = sequence + 1 where user_id = $1::uuid returning *
    )
    insert into ledger_transfers (id, key, type, asset, amount,
      debit_account, debit_user_id, debit_balance_after, debit_sequence,
      credit_account, credit_user_id, credit_balance_after, credit_sequence,
      subject_type, subject_id, ends_transfer_id)
    select $2::uuid, $3::text, '${type}', 'CREDIT', 10, ${sides[type]}, 'task', $4::uuid, $5::uuid from moved`;
}

function userIdsOf({ users }: Environment): string[] {
  return users.map(({ id }) => uuidFromPublicId("user", id) as string);
}
