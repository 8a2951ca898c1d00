import { type SQL, type SQLWrapper, sql } from "drizzle-orm";

/**
 * The order of the feed DISCOVER, in days. Points are people: a like is worth 1, a favorite 2, a share 3 and a tipper
 * 5. With a half-life of one day, a work that is one day older needs twice the points. The score changes only when
 * a user reacts, so no job has to age it.
 */
export function discoverScoreOf(
  points: Record<"likes" | "favorites" | "shares" | "tippers", SQLWrapper>,
  publishedAt: SQLWrapper,
): SQL {
  const { likes, favorites, shares, tippers } = points;
  return sql`ln((1 + ${likes} + 2 * ${favorites} + 3 * ${shares} + 5 * ${tippers})::float8) / ln(2::float8)
    + extract(epoch from ${publishedAt})::float8 / 86400`;
}

export const noPoints = { likes: sql`0`, favorites: sql`0`, shares: sql`0`, tippers: sql`0` };
