import { AppError } from "../platform/app-error.js";
import { BadRequest } from "./api.errors.js";
import type { ApiLimits } from "./limits.js";

const mib = 1024 * 1024;

/** More file parts than one request may have. */
export class TooManyFiles extends BadRequest {
  constructor(limits: ApiLimits) {
    super(...uploadLimitsText(limits));
  }
}

/** Files that are too large together; `limitBytes` says how many bytes they may have. */
export class FilesTooLarge extends AppError {
  readonly statusCode = 413;

  constructor(limits: ApiLimits) {
    const [en, zh] = uploadLimitsText(limits);
    super("PAYLOAD_TOO_LARGE", { en, zh }, { limitBytes: limits.uploadsBytesMax });
  }
}

function uploadLimitsText({ uploadFilesMax: files, uploadBytesMax, uploadsBytesMax }: ApiLimits) {
  const [each, together] = [uploadBytesMax, uploadsBytesMax].map((bytes) => `${bytes / mib} MiB`);
  return [
    `One request may have ${files} files at most: ${each} each, ${together} together.`,
    `一次请求最多上传 ${files} 个文件：每个不超过 ${each}，总共不超过 ${together}。`,
  ] as const;
}

/** Two fields of an operation name the same file part. */
export class FileReadTwice extends BadRequest {
  constructor() {
    super("A file part is for one field: send it again for another.", "每个文件只能用于一个字段。");
  }
}
