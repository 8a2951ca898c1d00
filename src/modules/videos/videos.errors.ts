import { AppError } from "../../platform/base/app-error.js";

/** The original file is missing from the storage. Detected before charging. */
export class OriginalFileMissing extends AppError {
  constructor() {
    super(
      "NOT_FOUND",
      {
        en: "The file of this video is not there. Nothing was charged.",
        zh: "该视频的文件不存在。未扣除任何积分。",
      },
      { field: "videoId" },
    );
  }
}

/** The storage does not respond, so the original file could not be checked. Nothing was charged. */
export class OriginalFileUnreachable extends AppError {
  constructor(readonly retryAfterMs = 5_000) {
    super(
      "INTERNAL_SERVER_ERROR",
      {
        en: "The file of this video cannot be reached just now. Nothing was charged; please try again soon.",
        zh: "暂时无法访问该视频的文件。未扣除任何积分，请稍后再试。",
      },
      { retryAfterMs },
    );
  }
}

/** The link could not be created after charging. The credits are refunded. */
export class DownloadRefunded extends AppError {
  constructor() {
    super(
      "INTERNAL_SERVER_ERROR",
      {
        en: "No download link could be made. Your credits have come back.",
        zh: "未能生成下载链接，积分已退回。",
      },
      { reason: "REFUNDED" },
    );
  }
}

/** The user has not accepted the terms, or accepted others. Nothing was charged. `version` is the one to accept. */
export class TermsNotAccepted extends AppError {
  constructor(readonly version: string) {
    super(
      "TERMS_NOT_ACCEPTED",
      {
        en: "Please accept the terms of this download first. Nothing was charged.",
        zh: "请先同意该下载的条款。未扣除任何积分。",
      },
      { field: "acceptTerms", version },
    );
  }
}
