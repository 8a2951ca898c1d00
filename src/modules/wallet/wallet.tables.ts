import { getTableColumns, type SQL, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  check,
  customType,
  date,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  pgView,
  smallint,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";
import { transferTypes } from "./ledger/transfers.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });
const sequence = (name: string) => bigint(name, { mode: "number" });

/*
 * Domains of bigint, made by hand in the migrations. PostgreSQL reads a table's CHECKs anew in every
 * statement that writes to it, a domain's once in each session.
 */
type Amount = { data: number; driverData: string };
/** From 0 to 2^31 - 1, GraphQL's Int. */
const creditBalance = customType<Amount>({ dataType: () => "credit_balance", fromDriver: Number });
/** From 0 to 2^53 - 1, the whole numbers that JavaScript has exactly. */
const userBalance = customType<Amount>({ dataType: () => "user_balance", fromDriver: Number });
/** At least 1. */
export const transferAmount = customType<Amount>({ dataType: () => "transfer_amount", fromDriver: Number });

export const asset = pgEnum("asset", ["CREDIT", "COIN"]);

export const ledgerAccount = pgEnum("ledger_account", [
  "FREE",
  "HELD",
  "PENDING",
  // The platform's accounts. They store no balance, so that transfers share no row.
  "ISSUANCE",
  "REVENUE",
  // Credits that were paid to creators go in, their coins come out: 500 units of 1/10000 coin for a credit.
  "EXCHANGE",
]);

export const transferType = pgEnum("ledger_transfer_type", [...transferTypes.CREDIT, ...transferTypes.COIN]);

/**
 * A user's four accounts in one row: free and held credits (whole), free and pending coins
 * (1/10000 coin). `sequence` counts the transfers that touched the row, in the order of their
 * locks, and so orders the statement.
 */
export const wallets = pgTable(
  "wallets",
  {
    userId: uuid("user_id").primaryKey(),
    creditsFree: creditBalance("credits_free").notNull().default(0),
    creditsHeld: creditBalance("credits_held").notNull().default(0),
    coinsFree: userBalance("coins_free").notNull().default(0),
    coinsPending: userBalance("coins_pending").notNull().default(0),
    sequence: sequence("sequence").notNull().default(0),
    /** Open holds, and holds taken on `holdsDay` (UTC), for the limits. */
    holdsOpen: integer("holds_open").notNull().default(0),
    holdsDay: date("holds_day", { mode: "string" }),
    holdsToday: integer("holds_today").notNull().default(0),
    /** Credits tipped on `tippedDay` (UTC), for the daily limit. */
    tippedDay: date("tipped_day", { mode: "string" }),
    tippedToday: integer("tipped_today").notNull().default(0),
    /** When an operator began to keep the pending income frozen, and with it all that comes later. */
    incomesHeldAt: instant("incomes_held_at"),
  },
  (t) => [
    check("wallets_holds_open_not_negative", sql`${t.holdsOpen} >= 0`),
    index("wallets_incomes_held").on(t.userId).where(sql`${t.incomesHeldAt} is not null`),
    // The sum is within the bound of each column, so a refund always fits.
    check("wallets_credits_fit", sql`${t.creditsFree} + ${t.creditsHeld} <= 2147483647`),
  ],
);

/** The ledger's sums by type of transfer, up to a moment: one row, only for metrics. */
export const ledgerTotals = pgTable(
  "ledger_totals",
  {
    id: smallint("id").primaryKey().default(1),
    /** Null before the first count. */
    countedUntil: timestamp("counted_until", { withTimezone: true }),
    totals: jsonb("totals").notNull().default({}),
  },
  (t) => [check("ledger_totals_one_row", sql`${t.id} = 1`)],
);

/**
 * The shapes of the types of transfers: asset, debit account and the number of missing parts of that side, the
 * same for the credit account, 2 without a subject, and 1 if it ends no other transfer. A platform account
 * lacks all three parts (user, balance, sequence); a user's account lacks none.
 */
const shapes = [
  "GRANT CREDIT ISSUANCE 3 FREE 0 2 1",
  "RECHARGE CREDIT ISSUANCE 3 FREE 0 2 1",
  "GEN_HOLD CREDIT FREE 0 HELD 0 0 1",
  "GEN_SETTLE CREDIT HELD 0 REVENUE 3 0 0",
  "GEN_REFUND CREDIT HELD 0 FREE 0 0 0",
  "DOWNLOAD_SPEND CREDIT FREE 0 REVENUE 3 0 1",
  "DOWNLOAD_REFUND CREDIT REVENUE 3 FREE 0 0 0",
  "TIP_SPEND CREDIT FREE 0 EXCHANGE 3 0 1",
  "PROMPT_UNLOCK_SPEND CREDIT FREE 0 EXCHANGE 3 0 1",
  "REMIX_HOLD CREDIT FREE 0 HELD 0 0 1",
  "REMIX_SETTLE CREDIT HELD 0 EXCHANGE 3 0 0",
  "REMIX_REFUND CREDIT HELD 0 FREE 0 0 0",
  "TIP_INCOME COIN EXCHANGE 3 PENDING 0 0 1",
  "PROMPT_UNLOCK_INCOME COIN EXCHANGE 3 PENDING 0 0 1",
  "REMIX_INCOME COIN EXCHANGE 3 PENDING 0 0 1",
  "CREATOR_FEE COIN EXCHANGE 3 REVENUE 3 0 1",
  "INCOME_RELEASE COIN PENDING 0 FREE 0 0 0",
  // The reversal of a payment.
  "INCOME_REVERSAL COIN PENDING 0 EXCHANGE 3 0 0",
  "INCOME_LOSS COIN REVENUE 3 EXCHANGE 3 0 0",
  "CREATOR_FEE_REVERSAL COIN REVENUE 3 EXCHANGE 3 0 0",
  "TIP_REFUND CREDIT EXCHANGE 3 FREE 0 0 0",
  "PROMPT_UNLOCK_REFUND CREDIT EXCHANGE 3 FREE 0 0 0",
  "REMIX_REFUND CREDIT EXCHANGE 3 FREE 0 0 0",
];

function hasShape(t: Record<string, AnyPgColumn>): SQL {
  return sql`concat_ws(' ', ${t.type}, ${t.asset}, ${t.debitAccount},
    num_nulls(${t.debitUserId}, ${t.debitBalanceAfter}, ${t.debitSequence}), ${t.creditAccount},
    num_nulls(${t.creditUserId}, ${t.creditBalanceAfter}, ${t.creditSequence}),
    num_nulls(${t.subjectType}, ${t.subjectId}), num_nulls(${t.endsTransferId})) = any(${sql.raw(`'{${shapes.join(",")}}'`)}::text[])`;
}

/**
 * Every transfer of money: one row with two sides, which a trigger protects from changes and deletion. A side
 * is an account and, for a user's account, its user, the balance after the transfer, and its number in the
 * user's sequence.
 */
export const ledgerTransfers = pgTable(
  "ledger_transfers",
  {
    id: uuid("id").primaryKey(),
    /** Unique, so that a repeated operation happens once. */
    key: text("key").notNull(),
    type: transferType("type").notNull(),
    asset: asset("asset").notNull(),
    amount: transferAmount("amount").notNull(),
    debitAccount: ledgerAccount("debit_account").notNull(),
    debitUserId: uuid("debit_user_id"),
    debitBalanceAfter: userBalance("debit_balance_after"),
    debitSequence: sequence("debit_sequence"),
    creditAccount: ledgerAccount("credit_account").notNull(),
    creditUserId: uuid("credit_user_id"),
    creditBalanceAfter: userBalance("credit_balance_after"),
    creditSequence: sequence("credit_sequence"),
    /** The reason of the transfer: "task", "video", "work" or "income", and its id. */
    subjectType: text("subject_type"),
    subjectId: uuid("subject_id"),
    /** The transfer that this one ends: a hold ends once, a spend is reversed once. */
    endsTransferId: uuid("ends_transfer_id"),
    /** The operator's reason of a grant or a reversal. */
    reason: text("reason"),
    createdAt: instant("created_at").notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    uniqueIndex("ledger_transfers_key").on(t.key),
    uniqueIndex("ledger_transfers_ends").on(t.endsTransferId).where(sql`${t.endsTransferId} is not null`),
    index("ledger_transfers_debit_statement")
      .on(t.debitUserId, t.asset, t.debitSequence)
      .where(sql`${t.debitAccount} = 'FREE'`),
    index("ledger_transfers_credit_statement")
      .on(t.creditUserId, t.asset, t.creditSequence)
      .where(sql`${t.creditAccount} = 'FREE'`),
    // For transfers since a moment. BRIN: a few pages at any size of the ledger, at almost no cost.
    index("ledger_transfers_by_time").using("brin", t.createdAt).with({ autosummarize: true }),
    check("ledger_transfers_shape", hasShape(t)),
  ],
);

/** Whether a transfer is what its type says. */
export const transferShape: SQL = hasShape(getTableColumns(ledgerTransfers));

/**
 * Each transfer twice, as seen from each of its two accounts, with a signed amount. The sides of a
 * user's FREE account are the lines of their statement.
 */
export const ledgerSides = pgView("ledger_sides", {
  id: uuid("id").notNull(),
  account: ledgerAccount("account").notNull(),
  userId: uuid("user_id").notNull(),
  asset: asset("asset").notNull(),
  type: transferType("type").notNull(),
  amount: bigint("amount", { mode: "number" }).notNull(),
  balanceAfter: bigint("balance_after", { mode: "number" }).notNull(),
  sequence: sequence("sequence").notNull(),
  key: text("key").notNull(),
  reason: text("reason"),
  subjectType: text("subject_type"),
  subjectId: uuid("subject_id"),
  createdAt: instant("created_at").notNull(),
}).existing();
