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
 * Ignores case, `-`, `_` and spaces. Vendors introduce new words without notice, and an unknown word must not
 * end a task, so it counts as IN_PROGRESS.
 */
export function parseStatusWord(word: string): { status: VendorStatus; isRecognized: boolean } {
  const status = meanings.get(
    word
      .trim()
      .toLowerCase()
      .replace(/[-_\s]/g, ""),
  );
  return { status: status ?? "IN_PROGRESS", isRecognized: status !== undefined };
}
