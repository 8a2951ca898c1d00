/*
 * Only this folder writes ledger rows. Every verb takes the caller's transaction and a key. It neither opens
 * nor commits a transaction, and calls nothing outside the database.
 *
 * A key that was used before changes nothing, and the verb says so. Of two transactions that use one
 * key at the same time, the unique index fails one.
 */

export { refund, refundFee, refundSpend, settle } from "./endings.js";
export { holdFee } from "./fee-hold.js";
export { grant, openWallet } from "./grants.js";
export { hold, holdValues, prepareHolds } from "./hold.js";
export { explainRefusal, type Hold, HoldLimitReached, type HoldLimits, noLimits } from "./hold-limits.js";
export {
  type FeeReceiver,
  newPaymentIds,
  type PaymentKind,
  preparePayment,
  settleFee,
  shareOfAuthor,
} from "./payment.js";
export { type ReleasePosition, release, setIncomeHold } from "./release.js";
export { lockWallets, type Reversal, reversePayment } from "./reversal.js";
export { creatorUnitsPerCredit, divideOverLevels, unitsPerCredit } from "./shares.js";
export { spend } from "./spend.js";
export { countLedger, type Totals, totalsKey } from "./totals.js";
export * from "./transfers.js";
