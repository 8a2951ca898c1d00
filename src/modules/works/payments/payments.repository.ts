import { type SQL, sql } from "drizzle-orm";
import { unnest } from "../../../platform/db/prepared.js";
import { isUsedKey, storeCalls } from "../../../platform/idempotency/idempotency.js";
import { users } from "../../accounts/accounts.tables.js";
import { type Balances, preparePayment, shareOfAuthor } from "../../wallet/index.js";
import { workFavorites } from "../reactions/reactions.tables.js";
import { joinAuthor, listedWork } from "../visibility.js";
import { workStatDeltas, works } from "../works.tables.js";
import { isOldEnough } from "./payers.js";
import { promptUnlocks, tips, workTippers } from "./payments.tables.js";

const $ = sql.placeholder;

const callColumns = { caller: "uuid", mutation: "text", key: "text", input_hash: "text" };

/**
 * The work, if the payer may pay for it: it is listed for them, they are neither its author nor suspended, their account
 * is old enough, and the call's key is unused. The locks keep changes of the work and a ban of the payer waiting.
 */
const payableWork = (columns: SQL) => sql`
  keyed as materialized (
    select * from ${unnest(callColumns)} as c(user_id, mutation, key, input_hash) where key is not null
  ),
  actor as materialized (
    select id from ${users} where ${users.id} = ${$("payerId")}::uuid and ${users.bannedAt} is null and ${isOldEnough}
      and not exists (select from keyed c where ${isUsedKey("c")})
    for key share
  ),
  target as materialized (
    select ${works.id} as work_id, ${works.userId} as author_id, actor.id as payer_id, ${columns}
    from ${works} ${joinAuthor} cross join actor
    where ${works.id} = ${$("workId")}::uuid and ${works.userId} <> actor.id and ${listedWork(sql`actor.id`)}
    for share of ${works}
  )`;

/** The call's result is what was charged. */
const storedKey = sql`stored_key as (${storeCalls(sql`(
    select keyed.*, jsonb_build_object('credits', p.credits) as result from keyed cross join paid cross join payment p
  ) c`)})`;

const balances = sql`paid.user_id, paid.credits_free, paid.credits_held, paid.coins_free, paid.coins_pending, paid.sequence`;

function toBalances(values: unknown[]): Balances {
  const [userId, ...numbers] = values;
  const [creditsFree, creditsHeld, coinsFree, coinsPending, sequence] = numbers.map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return { userId: userId as string, creditsFree, creditsHeld, coinsFree, coinsPending, sequence };
}

/** A tip with its favorite, counts and key. Returns the payer's balances and the author; nothing if it is refused. */
export const insertTip = preparePayment("TIP", {
  source: sql`${payableWork(sql`${$("credits")}::int as credits`)},
    payment as (
      select 'tip:' || ${$("spendId")} as payment_key, *, work_id as subject_id, null::uuid as ends_id from target
    ),
    ${shareOfAuthor}`,
  write: (ctes) => sql`
    with ${ctes},
    new_tip as (
      insert into ${tips} (id, work_id, user_id, author_id, credits, created_at)
      select ${$("spendId")}::uuid, p.work_id, p.payer_id, p.author_id, p.credits, clock.at
      from payment p cross join paid cross join clock
    ),
    tipper as (
      insert into ${workTippers} (work_id, user_id, tips, credits)
      select p.work_id, p.payer_id, 1, p.credits from payment p cross join paid
      on conflict (work_id, user_id) do update set tips = ${workTippers}.tips + 1,
        credits = ${workTippers}.credits + excluded.credits
      returning tips
    ),
    favorite as (
      insert into ${workFavorites} (work_id, user_id, created_at)
      select p.work_id, p.payer_id, clock.at from payment p cross join paid cross join clock
      on conflict do nothing returning work_id
    ),
    counted as (
      insert into ${workStatDeltas} (work_id, tips, tippers, tipped_credits, favorites)
      select p.work_id, 1, (tipper.tips = 1)::int, p.credits, (select count(*) from favorite)
      from payment p cross join paid cross join tipper
    ),
    ${storedKey}
    select ${balances}, p.author_id from paid cross join payment p`,
  toRow: (values) => ({ wallet: toBalances(values.slice(0, 6)), authorId: values[6] as string }),
});

/** A paid prompt with its key. Nothing for a prompt that costs nothing, and if it is refused. Fails if two run at once. */
export const insertUnlock = preparePayment("PROMPT_UNLOCK", {
  source: sql`${payableWork(sql`${works.promptPriceCredits} as credits, ${works.title} as title`)},
    payment as (
      select 'unlock:' || ${$("spendId")} as payment_key, *, work_id as subject_id, null::uuid as ends_id from target t
      where credits > 0 and credits <= ${$("maxCostCredits")} and not exists (
        select from ${promptUnlocks} where ${promptUnlocks.workId} = t.work_id and ${promptUnlocks.userId} = t.payer_id
          and ${promptUnlocks.reversedAt} is null)
    ),
    ${shareOfAuthor}`,
  write: (ctes) => sql`
    with ${ctes},
    new_unlock as (
      insert into ${promptUnlocks} (id, work_id, user_id, author_id, title, credits, created_at)
      select ${$("spendId")}::uuid, p.work_id, p.payer_id, p.author_id, p.title, p.credits, clock.at
      from payment p cross join paid cross join clock
    ),
    ${storedKey}
    select ${balances}, p.author_id, p.credits from paid cross join payment p`,
  toRow: (values) => ({
    wallet: toBalances(values.slice(0, 6)),
    authorId: values[6] as string,
    credits: values[7] as number,
  }),
});
