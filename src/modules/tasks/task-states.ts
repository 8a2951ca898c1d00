import type { VendorStatus } from "../../vendors/contract.js";

export const taskStatuses = ["NOT_START", "QUEUED", "IN_PROGRESS", "SUCCESS", "FAILURE", "CANCELED"] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** All transitions. A state without any is final. */
const moves: Record<TaskStatus, readonly TaskStatus[]> = {
  NOT_START: ["QUEUED", "IN_PROGRESS", "FAILURE", "CANCELED"],
  QUEUED: ["IN_PROGRESS", "SUCCESS", "FAILURE", "CANCELED"],
  IN_PROGRESS: ["SUCCESS", "FAILURE"],
  SUCCESS: [],
  FAILURE: [],
  CANCELED: [],
};

export function isFinal(status: TaskStatus): boolean {
  return moves[status].length === 0;
}

export function canMove(from: TaskStatus, to: TaskStatus): boolean {
  return moves[from].includes(to);
}

/** The states from which a task may go to `to`. */
export function statesThatLeadTo(to: TaskStatus): TaskStatus[] {
  return taskStatuses.filter((from) => canMove(from, to));
}

/** Until the video is in our storage, clients see less than 100. */
export const progressBeforeSuccessMax = 99;

export interface VendorProgress {
  status: TaskStatus;
  progress: number;
}

/** The vendor has finished, and the file is not in our storage yet. */
export function isReadyToIngest({ progress }: VendorProgress): boolean {
  return progress === progressBeforeSuccessMax;
}

/**
 * The task's status and progress after a check at the vendor; neither ever falls. The vendor's SUCCESS is
 * IN_PROGRESS until the file is in our storage.
 */
export function progressAfter(
  task: VendorProgress,
  vendor: { status: VendorStatus; progress: number | null },
): VendorProgress {
  const seen: TaskStatus =
    vendor.status === "NOT_START" || vendor.status === "QUEUED" ? "QUEUED" : "IN_PROGRESS";
  const progress = Math.min(vendor.progress ?? 0, progressBeforeSuccessMax);
  return {
    status: canMove(task.status, seen) ? seen : task.status,
    progress: Math.max(task.progress, progress),
  };
}
