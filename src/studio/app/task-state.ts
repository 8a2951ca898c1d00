import type { StudioTaskFragment } from "../../generated/operations";

export type Task = StudioTaskFragment;

export function isRunning({ status }: Pick<Task, "status">): boolean {
  return status === "NOT_START" || status === "QUEUED" || status === "IN_PROGRESS";
}

export function canCancel({ status }: Task): boolean {
  return status === "NOT_START" || status === "QUEUED";
}
