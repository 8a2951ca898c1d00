import { Ctx, FieldResolver, Int, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { UserStats } from "../accounts/index.js";
import type { VideosService } from "./videos.service.js";

/** The accounts module does not import videos, so this field of UserStats is defined here. */
@Resolver(() => UserStats)
export class VideoStatsResolver {
  constructor(private readonly videos: Pick<VideosService, "loadCountByUser">) {}

  @FieldResolver(() => Int, { description: "Number of videos generated, including deleted ones." })
  async videosGenerated(@Root() stats: UserStats, @Ctx() { loaders }: RequestContext): Promise<number> {
    return (await loaders.get(this.videos.loadCountByUser).load(stats.userId)) ?? 0;
  }
}
