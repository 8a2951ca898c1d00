import { and, eq, gte, isNull } from "drizzle-orm";
import type { Db, Tx } from "../../platform/db/index.js";
import { reports } from "./reports.tables.js";

export type ReportRow = typeof reports.$inferSelect;
export type NewReport = Omit<ReportRow, "createdAt" | "closedAt" | "closingNote">;

/** Replaces the reporter's open report of the same subject. False if there is none, or it is closed by now. */
export async function replaceReport(
  tx: Tx,
  { reporterId, subjectType, subjectId, reason, note, receivedAt, subjectState }: NewReport,
): Promise<boolean> {
  const replaced = await tx
    .update(reports)
    .set({ reason, note, receivedAt, subjectState })
    .where(
      and(
        eq(reports.reporterId, reporterId),
        eq(reports.subjectType, subjectType),
        eq(reports.subjectId, subjectId),
        isNull(reports.closedAt),
      ),
    )
    .returning({ id: reports.id });
  return replaced.length > 0;
}

export async function insertReport(tx: Tx, report: NewReport): Promise<void> {
  await tx.insert(reports).values({ ...report, createdAt: report.receivedAt });
}

/** New reports of the user since then, closed ones included. */
export function countReportsSince(tx: Tx, reporterId: string, since: Date): Promise<number> {
  return tx.$count(reports, and(eq(reports.reporterId, reporterId), gte(reports.createdAt, since)));
}

export async function findReport(db: Db, id: string): Promise<ReportRow | null> {
  const [row] = await db.select().from(reports).where(eq(reports.id, id));
  return row ?? null;
}

/** Closes the open ones among these reports. Returns their number. */
export async function closeOpenReports(
  db: Db,
  which: Pick<ReportRow, "id"> | Pick<ReportRow, "subjectType" | "subjectId">,
  closing: { closedAt: Date; closingNote: string },
): Promise<number> {
  const isNamed =
    "id" in which
      ? eq(reports.id, which.id)
      : and(eq(reports.subjectType, which.subjectType), eq(reports.subjectId, which.subjectId));
  const closed = await db
    .update(reports)
    .set(closing)
    .where(and(isNamed, isNull(reports.closedAt)))
    .returning({ id: reports.id });
  return closed.length;
}
