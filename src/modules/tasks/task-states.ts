import type { VendorStatus } from "../../vendors/contract.js";

export const taskStatuses = ["NOT_START", "QUEUED", "IN_PROGRESS", "SUCCESS", "FAILURE", "CANCELED"] as const;
export type TaskStatus = (typeof taskStatuses)[number];

/** The whole map: from each state, where a task may go. A state that leads nowhere is final. */
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

/** While the video is on its way into our storage, nobody is told that it is done. */
export const progressBeforeSuccessMax = 99;

export interface VendorProgress {
  status: TaskStatus;
  progress: number;
}

/** The vendor is done, and the file is on its way into our storage. */
export function isReadyToIngest({ progress }: VendorProgress): boolean {
  return progress === progressBeforeSuccessMax;
}

/**
 * Where a task stands after the vendor was asked. Never back: neither in status nor in progress. The
 * vendor's SUCCESS is IN_PROGRESS to us until the file is in our own storage.
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
