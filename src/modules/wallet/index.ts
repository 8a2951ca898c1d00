// The wallet moves money by verbs that take the caller's transaction and a key. It promises that a
// free balance never goes below zero, that every key counts once, and that a hold ends in one way
// only. It knows no task and no vendor.

export { explainRefusal } from "./hold-refusals.js";
export { ledgerChecks } from "./ledger.checks.js";
export {
  grant,
  hold,
  holdValues,
  prepareHolds,
  refund,
  reverse,
  settle,
  spend,
} from "./ledger.js";
export { ledgerMetrics } from "./ledger-totals.js";
export { walletOwnerChecks } from "./owners.checks.js";
export {
  creditsMax,
  type Hold,
  HoldLimitReached,
  type HoldLimits,
  holdEndKey,
  holdKey,
  type PostResult,
} from "./transfers.js";
export { walletSettings } from "./wallet.config.js";
export { InsufficientCredits } from "./wallet.errors.js";
export { LedgerEntry, Wallet } from "./wallet.graphql.js";
export { entryPrefix, walletPrefix } from "./wallet.ids.js";
export { type Balances, balancesOf, entriesByKeys } from "./wallet.repository.js";
export { WalletService } from "./wallet.service.js";
export { walletChanged } from "./wallet.topics.js";
export { createWalletFeed, type WalletFeed } from "./wallet-feed.js";
