import { setTimeout as sleep } from "node:timers/promises";

interface RetryOptions {
  /** The pause before each retry. After the last one fails, its error is thrown. */
  pausesMs: readonly number[];
  /** Other errors are thrown immediately. */
  isRetryable(error: unknown): boolean;
  onRetry(error: unknown, pauseMs: number): void;
  /** Aborting ends the current pause. The retry after it is the last. */
  signal?: AbortSignal;
}

/**
 * Retries work that fails temporarily. The work must be idempotent: an attempt may have succeeded even
 * though its response was lost. The `retry` policy of cockatiel, which serves us as a bulkhead, does not
 * end its pause when the signal aborts, so a stopping process would wait for it.
 */
export async function retry<T>(
  work: (tries: number) => Promise<T>,
  { pausesMs, isRetryable, onRetry, signal }: RetryOptions,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work(tries);
    } catch (error) {
      const pauseMs = pausesMs[tries];
      if (pauseMs === undefined || signal?.aborted || !isRetryable(error)) throw error;
      onRetry(error, pauseMs);
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}
