import type { Loaders } from "../../../platform/graphql/request-context.js";
import type { User } from "../../accounts/index.js";
import { type SocialService, toPairKey } from "../../social/index.js";

/** Users as a viewer may see them. Ids are bare UUIDs; `viewerId` is null without a login. */
export class UsersForViewers {
  constructor(private readonly social: SocialService) {}

  /** Null if the user is suspended or has blocked the viewer. */
  async visible(viewerId: string | null, userId: string, loaders: Loaders): Promise<User | null> {
    const key = toPairKey(viewerId, userId);
    return (await loaders.get(this.social.loadVisibleUsers).load(key)) ?? null;
  }

  /** Null also if the viewer has blocked the user. */
  async listed(viewerId: string, userId: string, loaders: Loaders): Promise<User | null> {
    const relation = await loaders.get(this.social.loadRelations).load(toPairKey(viewerId, userId));
    return relation?.viewerBlocks ? null : this.visible(viewerId, userId, loaders);
  }
}
