import { eq, type SQL, sql } from "drizzle-orm";
import type { Db, Queryable, Tx } from "../../../platform/db/index.js";
import { arrayOf, prepare, RowMapper } from "../../../platform/db/prepared.js";
import { users } from "../../accounts/accounts.tables.js";
import { listedUser } from "../../social/index.js";
import { tips } from "../../works/payments/payments.tables.js";
import { RankingPeriod } from "../feed.graphql.js";
import { creatorRankings } from "../feed.tables.js";

/** More than a user can block, so that a viewer's own blocks never leave a ranking short. */
const rankingSizeMax = 10_000;

/** The most tipped creators in their order. Ids are bare UUIDs. */
export interface Ranking {
  userIds: string[];
  credits: number[];
  /** Different users who tipped. */
  tippers: number[];
  ageMs: number;
}

const { madeAt, userIds, credits, tippers } = creatorRankings;
const ageMs = sql<number>`(extract(epoch from clock_timestamp() - ${madeAt}) * 1000)::float8`;

export async function findRanking(db: Queryable, period: RankingPeriod): Promise<Ranking | null> {
  const [row] = await db
    .select({ userIds, credits, tippers, ageMs })
    .from(creatorRankings)
    .where(eq(creatorRankings.period, period));
  return row ?? null;
}

const lengths: Record<RankingPeriod, SQL | null> = {
  [RankingPeriod.DAY]: sql`interval '24 hours'`,
  [RankingPeriod.WEEK]: sql`interval '7 days'`,
  [RankingPeriod.MONTH]: sql`interval '30 days'`,
  [RankingPeriod.ALL]: null,
};

/** Tips of the period, without reversed ones. */
export function isInPeriod(period: RankingPeriod): SQL {
  const length = lengths[period];
  return length
    ? sql`${tips.reversedAt} is null and ${tips.createdAt} > statement_timestamp() - ${length}`
    : sql`${tips.reversedAt} is null`;
}

/** The receiver tipped the giver within 30 days before or after. Reversals change nothing in that. */
export const isMutual: SQL = sql`exists (
  select from ${tips} back where back.user_id = ${tips.authorId} and back.author_id = ${tips.userId}
    and back.created_at between ${tips.createdAt} - interval '30 days' and ${tips.createdAt} + interval '30 days')`;

/** The tips of each user to each creator, as far as they rank. */
export const rankedTips = (period: RankingPeriod): SQL => sql`
  select ${tips.authorId}, ${tips.userId}, sum(${tips.credits}) as credits, count(*)::int as tips,
    max(${tips.createdAt}) as last_at
  from ${tips}
  join ${users} giver on giver.id = ${tips.userId} and giver.banned_at is null
  join ${users} creator on creator.id = ${tips.authorId} and creator.banned_at is null
  where ${isInPeriod(period)} and not ${isMutual}
  group by ${tips.authorId}, ${tips.userId}`;

/** The highest sums. Of equal ones, that which was reached first is ahead. */
export const rankedCreators = (period: RankingPeriod, limit: number): SQL => sql`
  select author_id, sum(credits)::bigint as credits, count(*)::int as tippers,
    row_number() over (order by sum(credits) desc, max(last_at), author_id) as place
  from (${rankedTips(period)}) tipped
  group by author_id order by place limit ${limit}`;

/** Computes and stores a ranking. Two statements, because PostgreSQL reads for an INSERT without parallel workers. */
export async function makeRanking(tx: Tx, period: RankingPeriod): Promise<Ranking> {
  const rows = await tx.execute<{ author_id: string; credits: string; tippers: number }>(
    rankedCreators(period, rankingSizeMax),
  );
  const lists = {
    userIds: rows.map(({ author_id }) => author_id),
    credits: rows.map((row) => Number(row.credits)),
    tippers: rows.map((row) => row.tippers),
  };
  await tx
    .insert(creatorRankings)
    .values({ period, ...lists })
    .onConflictDoUpdate({
      target: creatorRankings.period,
      set: { ...lists, madeAt: sql`clock_timestamp()` },
    });
  return { ...lists, ageMs: 0 };
}

const userColumns = RowMapper.of(users);
const readListedUsers = prepare(
  sql`select ${userColumns.selection} from ${users} where ${users.id} = any(${arrayOf(sql.placeholder("ids"), "uuid")})
    and ${listedUser(sql`${sql.placeholder("viewerId")}::uuid`)}`,
  (values) => userColumns.read(values),
);

/** The users among these that the viewer sees in lists. `viewerId` is null without a login. */
export const listedUsers = (db: Db, viewerId: string | null, ids: readonly string[]) =>
  readListedUsers(db, { ids, viewerId });
