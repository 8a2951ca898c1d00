import { setTimeout as sleep } from "node:timers/promises";

/**
 * Polls until the check returns a truthy value, and returns it. Throws after the timeout, which is long enough for a
 * slow and busy machine.
 */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs = 300_000,
): Promise<T> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > giveUpAt) throw new Error(`never came: ${what}`);
    await sleep(40);
  }
}
