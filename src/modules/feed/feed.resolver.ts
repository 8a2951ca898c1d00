import { Arg, Ctx, Int, Query, Resolver } from "type-graphql";
import { BadUserInput, Unauthenticated } from "../../platform/base/common-errors.js";
import type { Connection } from "../../platform/graphql/connection.js";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { type Work, WorkConnection } from "../works/index.js";
import { CreatorRank, FeedKind, RankingPeriod } from "./feed.graphql.js";
import type { FeedService } from "./feed.service.js";
import type { CreatorRankings } from "./ranking/creator-rankings.js";

const rankingSizeMax = 100;

@Resolver()
export class FeedResolver {
  constructor(
    private readonly service: FeedService,
    private readonly rankings: CreatorRankings,
  ) {}

  @Query(() => WorkConnection, {
    description:
      "Public. The pages of one chain show each work once, in the order that the feed had at the first page, whatever happens meanwhile. A cursor is valid for two hours (FEED_KEEP_MS). DISCOVER and HOT end after 2,000 works.",
  })
  async feed(
    @Arg("kind", () => FeedKind, { defaultValue: FeedKind.DISCOVER }) kind: FeedKind,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Ctx() { viewer }: RequestContext,
  ): Promise<Connection<Work>> {
    const args = { first, after: after ?? null };
    if (kind !== FeedKind.FOLLOWING) return this.service.listRanked(kind, viewer?.userId ?? null, args);
    if (!viewer) throw new Unauthenticated();
    return this.service.listFollowing(viewer.userId, args);
  }

  @Query(() => [CreatorRank], {
    description:
      "Public. The creators who were tipped most, at most a minute ago. Tips between two users who tipped each other within 30 days do not count, nor do those of and to suspended users.",
  })
  async creatorRanking(
    @Arg("period", () => RankingPeriod, { defaultValue: RankingPeriod.ALL }) period: RankingPeriod,
    @Arg("first", () => Int, { defaultValue: 10, description: "1 to 100." }) first: number,
    @Ctx() { viewer }: RequestContext,
  ): Promise<CreatorRank[]> {
    if (first < 1 || first > rankingSizeMax)
      throw new BadUserInput(
        "first",
        `first must be between 1 and ${rankingSizeMax}.`,
        `first 必须在 1 到 ${rankingSizeMax} 之间。`,
      );
    return this.rankings.list(period, viewer?.userId ?? null, first);
  }
}
