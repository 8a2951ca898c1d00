import { sql } from "drizzle-orm";
import { check, index, integer, pgEnum, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { transferAmount } from "./wallet.tables.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

export const incomeType = pgEnum("income_type", ["TIP", "PROMPT_UNLOCK", "REMIX"]);
export const incomeState = pgEnum("income_state", ["PENDING", "RELEASED", "REVERSED"]);

/** A creator's part of one payment. Its id is that of its transfer. Written by the ledger only. */
export const incomes = pgTable(
  "incomes",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id").notNull(),
    type: incomeType("type").notNull(),
    /** In 1/10000 coin. */
    units: transferAmount("units").notNull(),
    /** The key of the payment's spend or settle. */
    paymentKey: text("payment_key").notNull(),
    payerId: uuid("payer_id").notNull(),
    paidCredits: integer("paid_credits").notNull(),
    /** The work that was paid for. */
    workId: uuid("work_id").notNull(),
    /** The user's own work that earned it: the paid one, or one that it was made from. */
    earningWorkId: uuid("earning_work_id").notNull(),
    /** 0 for the paid work; otherwise how many steps the earning work is above it. */
    level: integer("level").notNull(),
    state: incomeState("state").notNull().default("PENDING"),
    createdAt: instant("created_at").notNull(),
    releaseAt: instant("release_at").notNull(),
    endedAt: instant("ended_at"),
  },
  (t) => [
    index("incomes_by_user").on(t.userId, t.createdAt, t.id),
    index("incomes_by_payment").on(t.paymentKey),
    index("incomes_by_work").on(t.earningWorkId),
    index("incomes_due").on(t.releaseAt, t.id).where(sql`${t.state} = 'PENDING'`),
    check("incomes_ended_when_final", sql`(${t.state} = 'PENDING') = (${t.endedAt} is null)`),
    check("incomes_not_paid_by_oneself", sql`${t.userId} <> ${t.payerId}`),
  ],
);
