import type { VendorStatus } from "../contract.js";

const words: Record<VendorStatus, readonly string[]> = {
  NOT_START: ["created", "notstart"],
  QUEUED: ["queued", "queue", "pending"],
  IN_PROGRESS: ["processing", "inprogress", "running"],
  SUCCESS: [
    ...["completed", "complete", "success", "succeeded", "succeed"],
    ...["finished", "finish", "done"],
  ],
  FAILURE: [
    ...["failed", "failure", "fail", "error", "expired", "cancelled", "canceled"],
    ...["rejected", "blocked", "timeout", "timedout"],
  ],
};

const meanings = new Map(
  Object.entries(words).flatMap(([status, list]) => list.map((word) => [word, status as VendorStatus])),
);

/**
 * What a vendor's status word means, whatever its case and its `-` and `_`. Vendors invent words
 * without notice, and none of these may end a task: what is not `known` counts as IN_PROGRESS.
 */
export function readStatusWord(word: string): { status: VendorStatus; known: boolean } {
  const status = meanings.get(
    word
      .trim()
      .toLowerCase()
      .replace(/[-_\s]/g, ""),
  );
  return { status: status ?? "IN_PROGRESS", known: status !== undefined };
}
