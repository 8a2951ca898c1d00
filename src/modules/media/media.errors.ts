import { AppError } from "../../platform/base/app-error.js";
import { BadUserInput } from "../../platform/base/common-errors.js";

/** The file's content is not an accepted image type, regardless of its name. */
export class NotAnImage extends AppError {
  constructor() {
    super(
      "UNSUPPORTED_MEDIA_TYPE",
      { en: "Only JPEG, PNG and WebP images can be uploaded.", zh: "只能上传 JPEG、PNG 或 WebP 图片。" },
      { field: "file" },
    );
  }
}

/** The file has an image signature but cannot be decoded completely. */
export class BrokenImage extends BadUserInput {
  constructor() {
    super("file", "This image is damaged or cut short.", "该图片已损坏或不完整。");
  }
}

/** Too many pixels over all frames of an animation. Detected from the header. */
export class TooManyPixels extends BadUserInput {
  constructor(readonly pixelsMax: number) {
    super(
      "file",
      `This image is too large: ${pixelsMax} pixels at most, all frames together.`,
      `图片过大：所有帧合计最多 ${pixelsMax} 像素。`,
    );
  }
}
