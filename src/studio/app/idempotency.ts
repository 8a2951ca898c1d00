import type { CombinedError } from "urql";
import { session } from "./session";

/** Keys of calls without an answer, by user and intention. They outlast the page from which the call was sent. */
const unanswered = new Map<string, string>();

/**
 * One key for one intention, as "tip work_01…". It stays until an answer comes, so that pressing again after a cut
 * connection does not pay twice.
 */
export function idempotencyKeyOf(intention: string) {
  const name = `${session.userId} ${intention}`;
  return {
    key: () => {
      const key = unanswered.get(name) ?? newKey();
      unanswered.set(name, key);
      return key;
    },
    /** Call it with the outcome. Without an answer the key stays. */
    settle: (error: CombinedError | undefined) => {
      if (!error?.networkError) unanswered.delete(name);
    },
  };
}

/** Not randomUUID, which pages on plain http do not have. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
