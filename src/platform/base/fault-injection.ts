/**
 * Every gap between two writes at which a process may die: a commit, a file, a call of the vendor, an
 * announcement. The fault suite kills a real process at each of them, and fails for a write of the
 * saga that has no name here behind it.
 */
export const crashPoints = [
  "create-task.committed",
  "create-task.replayed",
  "hand-out.queued",
  "job.fetched",
  "job.done",
  "submit-task.attempt-written",
  "submit-task.vendor-answered",
  "submit-task.health-recorded",
  "submit-task.throttled-written",
  "submit-task.outcome-written",
  "submit-task.queued-again",
  "check-task.vendor-answered",
  "check-task.health-recorded",
  "check-task.moved",
  "check-task.take-in-queued",
  "check-task.look-queued",
  "take-in-video.ingest-begun",
  "take-in-video.clean-stored",
  "take-in-video.preview-stored",
  "take-in-video.still-stored",
  "take-in-video.ingest-ended",
  "take-in-video.queued-again",
  "settle-task.settled",
  "settle-task.committed",
  "refund-task.refunded",
  "refund-task.committed",
  "cancel-task.refunded",
  "cancel-task.committed",
  "cancel-task.vendor-told",
  "sweep-tasks.queued",
  "sweep-tasks.ingests-discarded",
  "download.charged",
  "download.given-back",
  "delete-video.committed",
  "delete-video.file-deleted",
  "upload-media.discard-queued",
  "upload-media.image-stored",
  "upload-media.thumbnail-stored",
  "upload-media.row-written",
  "upload-media.file-discarded",
] as const;

export type CrashPoint = (typeof crashPoints)[number];

let armed: string | undefined;

/** Arms one point (a setting of the fault suite, unset in every real run). */
export function armCrashPoint(point: string | undefined): void {
  armed = point;
}

/** Dies here, as by `kill -9`, if this point is armed. Costs one comparison otherwise. */
export function crashPoint(point: CrashPoint): void {
  if (armed === point) process.kill(process.pid, "SIGKILL");
}
