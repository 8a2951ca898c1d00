import type { AccountsService } from "../accounts/index.js";
import { userPrefix } from "../accounts/index.js";
import type { Module, ModuleContext } from "../module.js";
import { toPairKey } from "./relations.repository.js";
import type { SocialSettings } from "./social.config.js";
import { SocialResolver } from "./social.resolver.js";
import { SocialService } from "./social.service.js";
import { SocialStatsResolver, SocialUserResolver } from "./social-users.resolver.js";
import { foldAllUserStats, UserStatsFolder } from "./user-stats-folder.js";

export function createSocialModule(
  { config, db, bus, clock, logger }: ModuleContext<SocialSettings>,
  accounts: Pick<AccountsService, "usersByIds">,
) {
  const { usersByIds } = accounts;
  const service = new SocialService({ db, bus, clock, usersByIds, followsMax: config.FOLLOWS_MAX });
  return {
    service,
    updateCounts: () => foldAllUserStats(db),
    resolvers: [
      new SocialResolver(service),
      new SocialUserResolver(service),
      new SocialStatsResolver(service),
    ],
    nodes: [
      {
        prefix: userPrefix,
        find: (id, viewer, { loaders }) =>
          loaders.get(service.loadVisibleUsers).load(toPairKey(viewer.userId, id)),
      },
    ],
    startWorker: () => new UserStatsFolder(db, logger),
  } satisfies Module & { service: SocialService; updateCounts(): Promise<void> };
}
