import { singleFlightByKey } from "../../../platform/async/single-flight.js";
import type { Db } from "../../../platform/db/index.js";
import { User } from "../../accounts/index.js";
import type { CreatorRank, RankingPeriod } from "../feed.graphql.js";
import { lockFeed } from "../snapshots.repository.js";
import { findRanking, listedUsers, makeRanking, type Ranking } from "./creator-rankings.repository.js";

/** A ranking that this server holds, until a time of `performance.now()`. */
interface HeldRanking extends Ranking {
  staleAtMs: number;
}

interface CreatorRankingsDependencies {
  db: Db;
  refreshMs: number;
}

/** Read in addition to those that are shown, for some whom the viewer may not see. */
const spareUsers = 20;

/**
 * Rankings of creators. One is made at most every `refreshMs`, by one server at a time. Meanwhile the others show the one
 * before, until it is twice as old; then they wait.
 */
export class CreatorRankings {
  private readonly held = new Map<RankingPeriod, HeldRanking>();

  constructor(private readonly deps: CreatorRankingsDependencies) {}

  /** Creators whom the viewer may not see have no rank. `viewerId` is a bare UUID, or null without a login. */
  async list(period: RankingPeriod, viewerId: string | null, count: number): Promise<CreatorRank[]> {
    const { userIds, credits, tippers } = await this.current(period);
    const ranks: CreatorRank[] = [];
    let size = count + spareUsers;
    for (let from = 0; from < userIds.length && ranks.length < count; from += size, size *= 2) {
      const ids = userIds.slice(from, from + size);
      const rows = await listedUsers(this.deps.db, viewerId, ids);
      const byId = new Map(rows.map((row) => [row.id, row]));
      ids.forEach((id, n) => {
        const row = byId.get(id);
        if (!row) return;
        const [tippedCredits, tipperCount] = [credits[from + n] as number, tippers[from + n] as number];
        ranks.push({ rank: ranks.length + 1, user: User.of(row), tippedCredits, tipperCount });
      });
    }
    return ranks.slice(0, count);
  }

  private async current(period: RankingPeriod): Promise<Ranking> {
    const held = this.held.get(period);
    return held && performance.now() < held.staleAtMs ? held : this.refresh(period);
  }

  private readonly refresh = singleFlightByKey(async (period: RankingPeriod): Promise<Ranking> => {
    const { db, refreshMs } = this.deps;
    const newest = await findRanking(db, period);
    if (newest && newest.ageMs < refreshMs) return this.hold(period, newest);
    const made = await db.transaction(async (tx) => {
      const canShowNewest = newest !== null && newest.ageMs < 2 * refreshMs;
      if (!(await lockFeed(tx, `creators:${period}`, { wait: !canShowNewest }))) return null;
      const before = await findRanking(tx, period);
      return before && before.ageMs < refreshMs ? before : makeRanking(tx, period);
    });
    // Null: another server makes one right now. The next request looks for it.
    return made ? this.hold(period, made) : (newest as Ranking);
  });

  private hold(period: RankingPeriod, ranking: Ranking): Ranking {
    this.held.set(period, { ...ranking, staleAtMs: performance.now() + this.deps.refreshMs - ranking.ageMs });
    return ranking;
  }
}
