import { setTimeout as sleep } from "node:timers/promises";

/** Waits until the check answers with something, and gives that; fails loudly when it never does. */
export async function until<T>(
  what: string,
  check: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  timeoutMs = 100_000,
): Promise<T> {
  const giveUpAt = Date.now() + timeoutMs;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > giveUpAt) throw new Error(`never came: ${what}`);
    await sleep(40);
  }
}
