import { Ctx, FieldResolver, Resolver, Root } from "type-graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { Url } from "../../platform/graphql/scalars.js";
import { User } from "../accounts/index.js";
import type { MediaService } from "./media.service.js";

/** The accounts module does not import media, so this field of User is defined here. */
@Resolver(() => User)
export class UserAvatarResolver {
  constructor(private readonly media: Pick<MediaService, "loadAvatarUrls">) {}

  @FieldResolver(() => Url, {
    nullable: true,
    description: "Signed URL of the avatar. Null if there is none.",
  })
  avatarUrl(@Root() user: User, @Ctx() { loaders }: RequestContext): Promise<string | null> | null {
    return user.avatarMediaId ? loaders.get(this.media.loadAvatarUrls).load(user.avatarMediaId) : null;
  }
}
