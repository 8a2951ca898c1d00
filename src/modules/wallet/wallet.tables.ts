import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  date,
  foreignKey,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const amount = (name: string) => bigint(name, { mode: "number" });

export const asset = pgEnum("asset", ["CREDIT", "COIN"]);

export const ledgerAccount = pgEnum("ledger_account", [
  "FREE",
  "HELD",
  "PENDING",
  // The platform's own. They store no balance, so that no row is written by everybody.
  "ISSUANCE",
  "REVENUE",
]);

export const transferType = pgEnum("ledger_transfer_type", [
  "GRANT",
  "RECHARGE",
  "GEN_HOLD",
  "GEN_SETTLE",
  "GEN_REFUND",
  "DOWNLOAD_SPEND",
  "DOWNLOAD_REFUND",
]);

/**
 * A user's four accounts in one row: free and held credits (whole), free and pending coins
 * (1/10000 coin). `sequence` counts the transfers that touched the row, in the order of their
 * locks, and so orders the statement.
 */
export const wallets = pgTable(
  "wallets",
  {
    userId: uuid("user_id").primaryKey(),
    creditsFree: amount("credits_free").notNull().default(0),
    creditsHeld: amount("credits_held").notNull().default(0),
    coinsFree: amount("coins_free").notNull().default(0),
    coinsPending: amount("coins_pending").notNull().default(0),
    sequence: amount("sequence").notNull().default(0),
    /** Holds that have not ended, and holds taken on `holdsDay` (UTC): what limits are kept by. */
    holdsOpen: integer("holds_open").notNull().default(0),
    holdsDay: date("holds_day", { mode: "string" }),
    holdsToday: integer("holds_today").notNull().default(0),
  },
  (t) => [
    check("wallets_credits_free_not_negative", sql`${t.creditsFree} >= 0`),
    check("wallets_credits_held_not_negative", sql`${t.creditsHeld} >= 0`),
    check("wallets_holds_open_not_negative", sql`${t.holdsOpen} >= 0`),
    check("wallets_coins_free_not_negative", sql`${t.coinsFree} >= 0`),
    check("wallets_coins_pending_not_negative", sql`${t.coinsPending} >= 0`),
  ],
);

/** What the ledger sums up to, by type of transfer, up to a moment: one row, for figures alone. */
export const ledgerTotals = pgTable(
  "ledger_totals",
  {
    id: smallint("id").primaryKey().default(1),
    /** Null: nothing has been counted yet. */
    countedUntil: timestamp("counted_until", { withTimezone: true }),
    totals: jsonb("totals").notNull().default({}),
  },
  (t) => [check("ledger_totals_one_row", sql`${t.id} = 1`)],
);

/**
 * Every movement of money: one row, two sides, never changed and never deleted (a trigger refuses).
 * A side is an account and, unless it is the platform's, its user, the balance right after, and the
 * place in that user's sequence.
 */
export const ledgerTransfers = pgTable(
  "ledger_transfers",
  {
    id: uuid("id").primaryKey(),
    /** Unique: whatever is asked for twice under one key happens once. */
    key: text("key").notNull(),
    type: transferType("type").notNull(),
    asset: asset("asset").notNull(),
    amount: amount("amount").notNull(),
    debitAccount: ledgerAccount("debit_account").notNull(),
    debitUserId: uuid("debit_user_id"),
    debitBalanceAfter: amount("debit_balance_after"),
    debitSequence: amount("debit_sequence"),
    creditAccount: ledgerAccount("credit_account").notNull(),
    creditUserId: uuid("credit_user_id"),
    creditBalanceAfter: amount("credit_balance_after"),
    creditSequence: amount("credit_sequence"),
    /** What the money moved for: "task" or "video" and its id. */
    subjectType: text("subject_type"),
    subjectId: uuid("subject_id"),
    /** The transfer that this one undoes or completes: a hold ends once, a spend is reversed once. */
    endsTransferId: uuid("ends_transfer_id"),
    /** An operator's words, for a grant. */
    reason: text("reason"),
    createdAt: instant("created_at").notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    uniqueIndex("ledger_transfers_key").on(t.key),
    uniqueIndex("ledger_transfers_ends").on(t.endsTransferId).where(sql`${t.endsTransferId} is not null`),
    foreignKey({ name: "ledger_transfers_ends_fk", columns: [t.endsTransferId], foreignColumns: [t.id] }),
    index("ledger_transfers_debit_statement")
      .on(t.debitUserId, t.asset, t.debitSequence)
      .where(sql`${t.debitAccount} = 'FREE'`),
    index("ledger_transfers_credit_statement")
      .on(t.creditUserId, t.asset, t.creditSequence)
      .where(sql`${t.creditAccount} = 'FREE'`),
    // For what was posted since a moment. A few pages however long the ledger is, and nearly free to keep.
    index("ledger_transfers_by_time").using("brin", t.createdAt).with({ autosummarize: true }),
    check("ledger_transfers_amount_positive", sql`${t.amount} > 0`),
    check(
      "ledger_transfers_debit_side",
      sql`(${t.debitAccount} in ('ISSUANCE', 'REVENUE')) = (${t.debitUserId} is null)
        and (${t.debitUserId} is null) = (${t.debitBalanceAfter} is null)
        and (${t.debitUserId} is null) = (${t.debitSequence} is null)`,
    ),
    check(
      "ledger_transfers_credit_side",
      sql`(${t.creditAccount} in ('ISSUANCE', 'REVENUE')) = (${t.creditUserId} is null)
        and (${t.creditUserId} is null) = (${t.creditBalanceAfter} is null)
        and (${t.creditUserId} is null) = (${t.creditSequence} is null)`,
    ),
    check(
      "ledger_transfers_balances_not_negative",
      sql`coalesce(${t.debitBalanceAfter}, 0) >= 0 and coalesce(${t.creditBalanceAfter}, 0) >= 0`,
    ),
    check("ledger_transfers_subject", sql`(${t.subjectType} is null) = (${t.subjectId} is null)`),
    check(
      "ledger_transfers_type_sides",
      sql`case ${t.type}
        when 'GRANT' then ${t.debitAccount} = 'ISSUANCE' and ${t.creditAccount} = 'FREE'
        when 'RECHARGE' then ${t.debitAccount} = 'ISSUANCE' and ${t.creditAccount} = 'FREE'
        when 'GEN_HOLD' then ${t.debitAccount} = 'FREE' and ${t.creditAccount} = 'HELD'
        when 'GEN_SETTLE' then ${t.debitAccount} = 'HELD' and ${t.creditAccount} = 'REVENUE'
        when 'GEN_REFUND' then ${t.debitAccount} = 'HELD' and ${t.creditAccount} = 'FREE'
        when 'DOWNLOAD_SPEND' then ${t.debitAccount} = 'FREE' and ${t.creditAccount} = 'REVENUE'
        when 'DOWNLOAD_REFUND' then ${t.debitAccount} = 'REVENUE' and ${t.creditAccount} = 'FREE'
      end`,
    ),
    check(
      "ledger_transfers_ending_names_its_start",
      sql`(${t.type} in ('GEN_SETTLE', 'GEN_REFUND', 'DOWNLOAD_REFUND')) = (${t.endsTransferId} is not null)`,
    ),
  ],
);
