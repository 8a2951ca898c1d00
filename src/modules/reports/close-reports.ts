import type { Clock } from "../../platform/base/clock.js";
import { OperatorError } from "../../platform/base/operator-error.js";
import { parseText } from "../../platform/base/validation.js";
import type { Db } from "../../platform/db/index.js";
import { reportPrefix } from "./reports.ids.js";
import { closeOpenReports, findReport, type ReportRow } from "./reports.repository.js";

const noteLength = { min: 1, max: 1000 };

/**
 * Closes an open report, or with `sameSubject` every open report of the same subject. Returns the report as it was, and
 * how many were closed: none if the report is closed already. Throws BadUserInput, and OperatorError if there is no such report.
 */
export async function closeReports(
  { db, clock }: { db: Db; clock: Clock },
  { id, note, sameSubject }: { id: string; note: string; sameSubject: boolean },
): Promise<{ report: ReportRow; closed: number }> {
  const closingNote = parseText("note", note, noteLength);
  const reportId = reportPrefix.toUuid(id);
  const report = reportId && (await findReport(db, reportId));
  if (!report) throw new OperatorError(`There is no report ${id}.`);
  const which = sameSubject
    ? { subjectType: report.subjectType, subjectId: report.subjectId }
    : { id: report.id };
  return { report, closed: await closeOpenReports(db, which, { closedAt: clock.now(), closingNote }) };
}
