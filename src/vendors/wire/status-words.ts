import type { VendorStatus } from "../contract.js";

const words: Readonly<Record<string, VendorStatus>> = {
  created: "NOT_START",
  notstart: "NOT_START",
  queued: "QUEUED",
  queue: "QUEUED",
  pending: "QUEUED",
  processing: "IN_PROGRESS",
  inprogress: "IN_PROGRESS",
  running: "IN_PROGRESS",
  completed: "SUCCESS",
  success: "SUCCESS",
  succeeded: "SUCCESS",
  done: "SUCCESS",
  failed: "FAILURE",
  failure: "FAILURE",
  error: "FAILURE",
};

const known = new Map(Object.entries(words));

/**
 * What a vendor's status word means, whatever its case and its `-` and `_`. Vendors invent words
 * without notice, and none of these may end a task: what is not `known` counts as IN_PROGRESS.
 */
export function readStatusWord(word: string): { status: VendorStatus; known: boolean } {
  const status = known.get(
    word
      .trim()
      .toLowerCase()
      .replace(/[-_\s]/g, ""),
  );
  return { status: status ?? "IN_PROGRESS", known: status !== undefined };
}
