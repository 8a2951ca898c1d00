// Users, login codes, sessions and tokens. Guarantees: an access token is rejected once its session has ended, a
// code works once, and no response reveals whether a phone is registered. This module does not import wallet or
// media; the app injects them.

export { accountChecks } from "./accounts.checks.js";
export { type AccountsSettings, accountsSettings, accountsSettingsProblems } from "./accounts.config.js";
export { AccountBanned } from "./accounts.errors.js";
export { User, UserStats } from "./accounts.graphql.js";
export { userPrefix } from "./accounts.ids.js";
export { accountsQueues } from "./accounts.jobs.js";
export { type AccountsDependencies, AccountsService } from "./accounts.service.js";
export { sessionEnded } from "./authenticator.js";
export { type BanHook, Bans, type UserSelector } from "./bans.service.js";
export { LoginLimits, loginWindowSec } from "./login-limits.js";
export { findUserByPhone, lockActiveUser, usersByIds } from "./users.repository.js";
