import { defineCrashPoints } from "../../platform/base/fault-injection.js";

export const { names: videoCrashPoints, crashPoint } = defineCrashPoints([
  "ingest-video.ingest-begun",
  "ingest-video.clean-stored",
  "ingest-video.signed-stored",
  "ingest-video.preview-stored",
  "ingest-video.still-stored",
  "ingest-video.ingest-ended",
  "sweep-tasks.ingests-discarded",
  "download.charged",
  "download.given-back",
  "delete-video.committed",
  "delete-video.file-deleted",
]);
