import { AppError } from "../../platform/base/app-error.js";

/** The same error for what does not exist and for what the viewer may not see, so that neither can be inferred. */
export class SubjectNotFound extends AppError {
  constructor() {
    super(
      "NOT_FOUND",
      { en: "There is no work or user with this id.", zh: "没有此 id 对应的作品或用户。" },
      { field: "subjectId" },
    );
  }
}

/** Too many new reports today. */
export class TooManyReports extends AppError {
  constructor(limit: number, resetAt: Date) {
    super(
      "QUOTA_EXCEEDED",
      { en: `You can send at most ${limit} reports a day.`, zh: `每天最多可提交 ${limit} 次举报。` },
      { limit, resetAt: resetAt.toISOString() },
    );
  }
}
