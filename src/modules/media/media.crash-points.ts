import { defineCrashPoints } from "../../platform/base/fault-injection.js";

export const { names: mediaCrashPoints, crashPoint } = defineCrashPoints([
  "upload-media.discard-queued",
  "upload-media.image-stored",
  "upload-media.thumbnail-stored",
  "upload-media.row-written",
  "upload-media.file-discarded",
]);
