import { AppError } from "../../platform/base/app-error.js";
import type { ApiLimits } from "../limits.js";

const mib = 1024 * 1024;

/** One sentence with all limits of an upload. */
function limitsText({ uploadFilesMax: files, uploadBytesMax, uploadsBytesMax }: ApiLimits) {
  const [each, together] = [uploadBytesMax / mib, uploadsBytesMax / mib];
  return {
    en: `One request may have ${files} files at most: ${each} MiB each, ${together} MiB together.`,
    zh: `一次请求最多上传 ${files} 个文件：每个不超过 ${each} MiB，总共不超过 ${together} MiB。`,
  };
}

/** More files than one request may have. */
export class TooManyFiles extends AppError {
  constructor(limits: ApiLimits) {
    super("BAD_REQUEST", limitsText(limits));
  }
}

/** Files that are too large together. */
export class FilesTooLarge extends AppError {
  readonly statusCode = 413;

  constructor(limits: ApiLimits) {
    super("PAYLOAD_TOO_LARGE", limitsText(limits), { limitBytes: limits.uploadsBytesMax });
  }
}

/** Two fields of an operation name the same file part. */
export class FileReadTwice extends AppError {
  constructor() {
    super("BAD_REQUEST", {
      en: "Each file part is for one field only. Send it again for another field.",
      zh: "每个文件只能用于一个字段；用于其他字段时请再次上传。",
    });
  }
}
