import type { Fault, TaskFaultName } from "./faults.js";
import type { Protocol } from "./protocols.js";

export interface Order {
  prompt: string;
  model: string;
  width: number;
  height: number;
  seconds: number;
  /** The name of the reference picture in the work folder. */
  picture: string | null;
}

export interface SandboxTask extends Order {
  id: string;
  /** In which it was ordered; in no other is it known. */
  protocol: Protocol;
  createdAtMs: number;
  durationMs: number;
  faults: Fault[];
}

export interface TaskState {
  word: string;
  progress: number;
  isStarted: boolean;
  outcome: "completed" | "failed" | "failed-policy" | null;
}

export function hasFault(task: SandboxTask, name: TaskFaultName): Fault | undefined {
  return task.faults.find((fault) => fault.name === name);
}

export function durationOf(task: SandboxTask): number {
  const late = hasFault(task, "success-late");
  return task.durationMs + (late ? Number(late.argument ?? 10_000) : 0);
}

const queuedShare = 0.15;
const failedShare = 0.6;

/** What it comes to in the end, film permitting, and after how long; null for one that never ends. */
export function endOf(task: SandboxTask): { isFailure: boolean; afterMs: number } | null {
  if (hasFault(task, "stuck")) return null;
  const isFailure = Boolean(hasFault(task, "fail") ?? hasFault(task, "fail-policy"));
  return { isFailure, afterMs: durationOf(task) * (isFailure ? failedShare : 1) };
}

/** How far a task is: queued, processing, and at the end only once its film is there. */
export function stateOf(task: SandboxTask, nowMs: number, isDrawn: boolean): TaskState {
  const elapsedMs = nowMs - task.createdAtMs;
  const share = elapsedMs <= 0 ? 0 : elapsedMs / durationOf(task);
  const isStarted = share >= queuedShare;
  const standing = (word: string, progress: number): TaskState => ({
    word,
    progress,
    isStarted,
    outcome: null,
  });
  if (!isStarted) return standing("queued", 0);
  if (hasFault(task, "stuck")) return standing("processing", Math.min(42, progressAt(share)));
  if (share >= failedShare && hasFault(task, "fail")) return { ...standing("failed", 60), outcome: "failed" };
  if (share >= failedShare && hasFault(task, "fail-policy"))
    return { ...standing("failed", 60), outcome: "failed-policy" };
  if (share >= 1 && isDrawn) return { ...standing("completed", 100), outcome: "completed" };
  if (hasFault(task, "unknown-status") && share < 0.7) return standing("warming_up", progressAt(share));
  if (hasFault(task, "progress-back"))
    return standing("processing", share < 0.45 ? 70 : share < 0.75 ? 30 : 90);
  return standing("processing", progressAt(share));
}

function progressAt(share: number): number {
  return Math.max(1, Math.min(99, Math.round((100 * (share - queuedShare)) / (1 - queuedShare))));
}
