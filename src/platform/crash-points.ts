/**
 * Every gap between two writes of the saga at which a process may die. The fault suite kills a
 * real process at each of them; a step that writes names its gaps here, so none can be forgotten.
 */
export const crashPoints = [
  "create-task.committed",
  "submit-task.attempt-written",
  "submit-task.vendor-answered",
  "submit-task.outcome-written",
  "check-task.vendor-answered",
  "check-task.moved",
  "take-in-video.clean-stored",
  "take-in-video.preview-stored",
  "take-in-video.stills-stored",
  "settle-task.committed",
  "refund-task.committed",
  "download.charged",
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
