// Accounts know who somebody is: login codes, users, sessions and their tokens. They promise that an
// access token is refused once its session has ended, that a code works once, and that nobody can
// learn from them whether a phone is known. They know no wallet and no media; those are handed in.

export { accountChecks } from "./accounts.checks.js";
export { type AccountsSettings, accountsSettings, accountsSettingsProblems } from "./accounts.config.js";
export { userPrefix } from "./accounts.ids.js";
export { accountsJobs, accountsQueues } from "./accounts.jobs.js";
export { type AccountsDependencies, AccountsService } from "./accounts.service.js";
export { sessionEnded } from "./accounts.topics.js";
export { Bans, type UserSelector as WhichUser } from "./bans.service.js";
export { LoginLimits, loginWindowSec } from "./login-limits.js";
export type { AuthenticatedViewer } from "./tokens.js";
export { findUserByPhone } from "./users.repository.js";
