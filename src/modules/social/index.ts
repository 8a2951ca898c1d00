// Follows and blocks, and with them whom a viewer may see. Guarantees: two users never follow each other while one has
// blocked the other, counts of followers equal the follows at every moment, and bans and blocks take effect
// immediately. This module does not import works.

export { toPairKey } from "./relations.repository.js";
export { socialChecks } from "./social.checks.js";
export { socialSettings } from "./social.config.js";
export type { SocialService } from "./social.service.js";
export { relationsChanged } from "./social.topics.js";
export { socialBanHook } from "./user-stats.repository.js";
export { listedUser, visibleUser } from "./visibility.js";
