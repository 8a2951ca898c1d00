import { useRef } from "react";
import type { CombinedError } from "urql";

/**
 * One key for one intention. It stays until an answer comes, so that pressing again after a cut connection
 * does not pay twice.
 */
export function useIdempotencyKey() {
  const key = useRef<string | null>(null);
  return {
    key: () => {
      key.current ??= newKey();
      return key.current;
    },
    /** Call it with the outcome. Without an answer the key stays. */
    settle: (error: CombinedError | undefined) => {
      if (!error?.networkError) key.current = null;
    },
  };
}

/** Not randomUUID, which pages on plain http do not have. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
