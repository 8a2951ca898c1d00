import { AppError } from "../../platform/base/app-error.js";

/** A video is one work at most. */
export class AlreadyPublished extends AppError {
  constructor() {
    super(
      "CONFLICT",
      { en: "This video is published already.", zh: "该视频已经发布。" },
      { reason: "ALREADY_PUBLISHED", field: "videoId" },
    );
  }
}

/** An operator has removed the work. Its author can neither change it nor publish the video again. */
export class WorkRemoved extends AppError {
  constructor(field: "videoId" | "workId") {
    super(
      "CONFLICT",
      { en: "This work was removed and can no longer be changed.", zh: "该作品已被移除，无法再修改。" },
      { reason: "WORK_REMOVED", field },
    );
  }
}

/** Too many first publications today. */
export class TooManyWorks extends AppError {
  constructor(limit: number, resetAt: Date) {
    super(
      "QUOTA_EXCEEDED",
      { en: `At most ${limit} works a day may be published.`, zh: `每天最多可发布 ${limit} 个作品。` },
      { limit, resetAt: resetAt.toISOString() },
    );
  }
}
