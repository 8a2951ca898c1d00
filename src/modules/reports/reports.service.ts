import type { Clock } from "../../platform/base/clock.js";
import { BadUserInput } from "../../platform/base/common-errors.js";
import { utcDayOf } from "../../platform/base/utc-day.js";
import { parseText } from "../../platform/base/validation.js";
import { lockForTransaction } from "../../platform/db/advisory-lock.js";
import type { Db, Tx } from "../../platform/db/index.js";
import { newUuid } from "../../platform/ids/ids.js";
import { AccountBanned, lockActiveUser, userPrefix } from "../accounts/index.js";
import { workPrefix } from "../works/index.js";
import { SubjectNotFound, TooManyReports } from "./reports.errors.js";
import type { ReportInput, ReportPayload } from "./reports.graphql.js";
import { countReportsSince, insertReport, type NewReport, replaceReport } from "./reports.repository.js";
import { readSubject, type Subject } from "./subjects.repository.js";

const noteLength = { min: 0, max: 1000 };

interface ReportsDependencies {
  db: Db;
  clock: Clock;
  reportsPerDay: number;
}

/** Receives users' reports of works and users. */
export class ReportsService {
  constructor(private readonly deps: ReportsDependencies) {}

  /**
   * Stores a report with the subject's words as they are now, or replaces the reporter's open one. Throws
   * BadUserInput, SubjectNotFound, AccountBanned and TooManyReports.
   */
  async report(reporterId: string, input: ReportInput): Promise<ReportPayload> {
    const note = parseText("note", input.note, noteLength);
    const subject = toSubject(input.subjectId);
    const receivedAt = await this.deps.db.transaction(async (tx) => {
      await lockForTransaction(tx, `report:${reporterId}`);
      if (!(await lockActiveUser(tx, reporterId))) throw new AccountBanned();
      const state = await readSubject(tx, reporterId, subject);
      if (!state) throw new SubjectNotFound();
      if (state.isOwn) throw ownSubject();
      const report = {
        ...{ id: newUuid(), reporterId, subjectType: subject.type, subjectId: subject.id },
        ...{ reason: input.reason, note, subjectState: state.text, receivedAt: this.deps.clock.now() },
      };
      if (!(await replaceReport(tx, report))) await this.insertWithinQuota(tx, report);
      return report.receivedAt;
    });
    const prefix = subject.type === "work" ? workPrefix : userPrefix;
    return { subjectId: prefix.toPublicId(subject.id), receivedAt };
  }

  private async insertWithinQuota(tx: Tx, report: NewReport): Promise<void> {
    const { reportsPerDay } = this.deps;
    const today = utcDayOf(report.receivedAt);
    if ((await countReportsSince(tx, report.reporterId, today.start)) >= reportsPerDay)
      throw new TooManyReports(reportsPerDay, today.end);
    await insertReport(tx, report);
  }
}

function toSubject(id: string): Subject {
  const workId = workPrefix.toUuid(id);
  if (workId) return { type: "work", id: workId };
  const userId = userPrefix.toUuid(id);
  if (userId) return { type: "user", id: userId };
  throw new SubjectNotFound();
}

function ownSubject(): BadUserInput {
  return new BadUserInput(
    "subjectId",
    "subjectId must be another user's, or a work of another user.",
    "subjectId 须为其他用户或其作品的 id。",
  );
}
