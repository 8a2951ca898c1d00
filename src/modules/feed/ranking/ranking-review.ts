import { sql } from "drizzle-orm";
import type { Db } from "../../../platform/db/index.js";
import { users } from "../../accounts/accounts.tables.js";
import { userPrefix } from "../../accounts/index.js";
import { tips } from "../../works/payments/payments.tables.js";
import type { RankingPeriod } from "../feed.graphql.js";
import { isInPeriod, isMutual, rankedCreators, rankedTips } from "./creator-rankings.repository.js";

/** A user with a public id. */
interface ReviewedUser {
  id: string;
  accountAgeMs: number;
}

export interface ReviewedCreator extends ReviewedUser {
  credits: number;
  tippers: number;
  /** The most generous first, a few of them. */
  topTippers: (ReviewedUser & { credits: number; tips: number })[];
  /** Users whose tips do not count, because the creator tipped them too. */
  mutual: (ReviewedUser & { received: number; given: number })[];
}

interface PairRow extends Record<string, unknown> {
  author_id: string;
  user_id: string;
  age_ms: number;
  credits: number;
}

const ageMs = sql`(extract(epoch from clock_timestamp() - ${users.createdAt}) * 1000)::float8 as age_ms`;

/** The first of a ranking as of now, with what operators need to find tips that were arranged. */
export async function reviewRanking(
  db: Db,
  period: RankingPeriod,
  { creatorsMax, usersMax }: { creatorsMax: number; usersMax: number },
): Promise<ReviewedCreator[]> {
  return db.transaction(
    async (tx) => {
      const creators = await tx.execute<PairRow & { tippers: number }>(sql`
        select author_id, credits::float8, tippers, ${ageMs} from (${rankedCreators(period, creatorsMax)}) ranked
        join ${users} on ${users.id} = author_id order by place`);
      const ids = sql`${sql.param(creators.map(({ author_id }) => author_id))}::uuid[]`;
      const tippers = await tx.execute<PairRow & { tips: number }>(sql`
        select author_id, user_id, credits::float8, tips, ${ageMs} from (
          select *, row_number() over (partition by author_id order by credits desc, user_id) as place
          from (${rankedTips(period)}) tipped where author_id = any(${ids})
        ) placed join ${users} on ${users.id} = user_id
        where place <= ${usersMax} order by author_id, place`);
      const mutual = await tx.execute<PairRow & { given: number }>(sql`
        select author_id, user_id, credits::float8, given::float8, ${ageMs} from (
          select *, row_number() over (partition by author_id order by credits desc, user_id) as place
          from (
            select ${tips.authorId}, ${tips.userId}, sum(${tips.credits}) as credits
            from ${tips} where ${tips.authorId} = any(${ids}) and ${isInPeriod(period)} and ${isMutual}
            group by ${tips.authorId}, ${tips.userId}
          ) received
        ) placed
        cross join lateral (
          select sum(back.credits) as given from ${tips} back
          where back.user_id = placed.author_id and back.author_id = placed.user_id
        ) back
        join ${users} on ${users.id} = user_id
        where place <= ${usersMax} order by author_id, place`);
      const tippersOf = Map.groupBy(tippers, ({ author_id }) => author_id);
      const mutualOf = Map.groupBy(mutual, ({ author_id }) => author_id);
      return creators.map(({ author_id, credits, tippers, age_ms }) => ({
        ...{ id: userPrefix.toPublicId(author_id), accountAgeMs: age_ms, credits, tippers },
        topTippers: (tippersOf.get(author_id) ?? []).map((row) => ({
          ...toUser(row),
          credits: row.credits,
          tips: row.tips,
        })),
        mutual: (mutualOf.get(author_id) ?? []).map((row) => ({
          ...toUser(row),
          received: row.credits,
          given: row.given,
        })),
      }));
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}

const toUser = ({ user_id, age_ms }: PairRow): ReviewedUser => ({
  id: userPrefix.toPublicId(user_id),
  accountAgeMs: age_ms,
});
