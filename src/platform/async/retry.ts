import { setTimeout as sleep } from "node:timers/promises";

interface RetryOptions {
  /** Before the second try, the third, and so on; then the last error is thrown. */
  pausesMs: readonly number[];
  /** Errors that no repetition mends are thrown at once. */
  isRetryable(error: unknown): boolean;
  onRetry(error: unknown, pauseMs: number): void;
  /** Aborted: there is no further try but the one that a pause was before. */
  signal?: AbortSignal;
}

/** Repeats work that fails for a while. The work must be safe to repeat: a try may have gone well unheard. */
export async function retry<T>(
  work: (tries: number) => Promise<T>,
  { pausesMs, isRetryable: mayPass, onRetry: onPause, signal }: RetryOptions,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work(tries);
    } catch (error) {
      const pauseMs = pausesMs[tries];
      if (pauseMs === undefined || signal?.aborted || !mayPass(error)) throw error;
      onPause(error, pauseMs);
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
}
