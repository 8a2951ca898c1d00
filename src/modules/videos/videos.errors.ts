import { AppError } from "../../platform/app-error.js";

/** The clean file is not in the storage. Found before anything was charged. */
export class CleanFileMissing extends AppError {
  constructor() {
    super("NOT_FOUND", {
      en: "The file of this video is not there. Nothing was charged.",
      zh: "该视频的文件不存在。未扣除任何积分。",
    });
  }
}

/** It was charged, no link could be made, and the credits have come back. */
export class DownloadRefunded extends AppError {
  constructor() {
    super("INTERNAL_SERVER_ERROR", {
      en: "No download link could be made. Your credits have come back.",
      zh: "未能生成下载链接，积分已退回。",
    });
  }
}
