// The wallet moves money by verbs that take the caller's transaction and a key. It promises that a
// free balance never goes below zero, that every key counts once, and that a hold ends in one way
// only. It knows no task and no vendor.

export { Income } from "./incomes.graphql.js";
export { IncomesService } from "./incomes.service.js";
export { incomes } from "./incomes.tables.js";
export {
  creatorUnitsPerCredit,
  creditsMax,
  divideOverLevels,
  explainRefusal,
  type FeeReceiver,
  feeEndKey,
  feeHoldKey,
  grant,
  type Hold,
  HoldLimitReached,
  type HoldLimits,
  hold,
  holdEndKey,
  holdFee,
  holdKey,
  holdValues,
  lockWallets,
  newPaymentIds,
  noLimits,
  type PaymentKind,
  type PostResult,
  prepareHolds,
  preparePayment,
  type Reversal,
  refund,
  refundFee,
  refundSpend,
  reverseKey,
  reversePayment,
  settle,
  settleFee,
  shareOfAuthor,
  spend,
  unitsPerCredit,
} from "./ledger/index.js";
export { ledgerChecks } from "./ledger.checks.js";
export { walletOwnerChecks } from "./owners.checks.js";
export { walletSettings } from "./wallet.config.js";
export { walletCrashPoints } from "./wallet.crash-points.js";
export { InsufficientCredits } from "./wallet.errors.js";
export { coinText, LedgerEntry, Wallet } from "./wallet.graphql.js";
export { entryPrefix, incomePrefix } from "./wallet.ids.js";
export { walletQueues } from "./wallet.jobs.js";
export {
  type Balances,
  balancesOf,
  type Entry,
  entriesByKeys,
  tippedCreditsOf,
} from "./wallet.repository.js";
export { WalletService } from "./wallet.service.js";
export { createWalletFeed, type WalletFeed, walletChanged } from "./wallet-feed.js";
