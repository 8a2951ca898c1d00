import type { Fault, TaskFaultName } from "./faults.js";
import type { Protocol } from "./protocols.js";

export interface VideoRequest {
  prompt: string;
  model: string;
  width: number;
  height: number;
  seconds: number;
  /** The path of the reference picture. */
  picture: string | null;
}

export interface SandboxTask extends VideoRequest {
  id: string;
  /** The task can be found in this protocol only. */
  protocol: Protocol;
  createdAtMs: number;
  durationMs: number;
  faults: Fault[];
}

export interface TaskState {
  status: string;
  progress: number;
  isStarted: boolean;
  outcome: "completed" | "failed" | "failed-policy" | null;
}

export function hasFault(task: SandboxTask, name: TaskFaultName): Fault | undefined {
  return task.faults.find((fault) => fault.name === name);
}

export function getDurationMs(task: SandboxTask): number {
  const late = hasFault(task, "success-late");
  return task.durationMs + (late ? Number(late.argument ?? 10_000) : 0);
}

const queuedShare = 0.15;
const failedShare = 0.6;

/** The planned outcome and when it is due. Null if the task never ends. */
export function getPlannedEnd(task: SandboxTask): { isFailure: boolean; afterMs: number } | null {
  if (hasFault(task, "stuck")) return null;
  const isFailure = Boolean(hasFault(task, "fail") ?? hasFault(task, "fail-policy"));
  return { isFailure, afterMs: getDurationMs(task) * (isFailure ? failedShare : 1) };
}

/** A task completes only when its film is rendered. */
export function getState(task: SandboxTask, nowMs: number, isRendered: boolean): TaskState {
  const elapsedMs = nowMs - task.createdAtMs;
  const share = elapsedMs <= 0 ? 0 : elapsedMs / getDurationMs(task);
  const isStarted = share >= queuedShare;
  const at = (status: string, progress: number): TaskState => ({
    status,
    progress,
    isStarted,
    outcome: null,
  });
  if (!isStarted) return at("queued", 0);
  if (hasFault(task, "stuck")) return at("processing", Math.min(42, progressAt(share)));
  if (share >= failedShare && hasFault(task, "fail")) return { ...at("failed", 60), outcome: "failed" };
  if (share >= failedShare && hasFault(task, "fail-policy"))
    return { ...at("failed", 60), outcome: "failed-policy" };
  if (share >= 1 && isRendered) return { ...at("completed", 100), outcome: "completed" };
  if (hasFault(task, "unknown-status") && share < 0.7) return at("warming_up", progressAt(share));
  if (hasFault(task, "progress-back")) return at("processing", share < 0.45 ? 70 : share < 0.75 ? 30 : 90);
  return at("processing", progressAt(share));
}

function progressAt(share: number): number {
  return Math.max(1, Math.min(99, Math.round((100 * (share - queuedShare)) / (1 - queuedShare))));
}
