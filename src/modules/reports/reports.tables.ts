import { sql } from "drizzle-orm";
import { check, index, pgEnum, pgTable, text, timestamp, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { users } from "../accounts/accounts.tables.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

export const reportReason = pgEnum("report_reason", [
  "SEXUAL",
  "VIOLENT",
  "HATEFUL",
  "MINORS",
  "STOLEN",
  "PRIVACY",
  "SPAM",
  "FRAUD",
  "OTHER",
]);

/** Users' reports of works and users. A new report by the same user replaces the open one. */
export const reports = pgTable(
  "reports",
  {
    id: uuid("id").primaryKey(),
    reporterId: uuid("reporter_id")
      .notNull()
      .references(() => users.id),
    subjectType: text("subject_type", { enum: ["work", "user"] }).notNull(),
    subjectId: uuid("subject_id").notNull(),
    reason: reportReason("reason").notNull(),
    note: text("note").notNull(),
    /** The first report; a replaced one does not count as another of the day. */
    createdAt: instant("created_at").notNull().default(sql`clock_timestamp()`),
    receivedAt: instant("received_at").notNull().default(sql`clock_timestamp()`),
    /** The subject as it was: title and description, or nickname and bio. */
    subjectState: text("subject_state").notNull(),
    closedAt: instant("closed_at"),
    /** In the operator's words. */
    closingNote: text("closing_note"),
  },
  (t) => [
    uniqueIndex("reports_one_open")
      .on(t.reporterId, t.subjectType, t.subjectId)
      .where(sql`${t.closedAt} is null`),
    index("reports_by_reporter").on(t.reporterId, t.createdAt),
    index("reports_open").on(t.subjectType, t.subjectId, t.receivedAt).where(sql`${t.closedAt} is null`),
    check("reports_note_length", sql`char_length(${t.note}) <= 1000`),
    check("reports_close_has_note", sql`(${t.closedAt} is null) = (${t.closingNote} is null)`),
  ],
);
