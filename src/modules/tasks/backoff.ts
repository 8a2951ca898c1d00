/** Full jitter over the upper half: at least half of the nominal delay, at most all of it. */
function withJitter(nominalMs: number, random: () => number): number {
  return Math.round(nominalMs * (0.5 + random() / 2));
}

/** Between two submissions, of which the first surely had no effect: first within 2 s, at most 30 s. */
export function resubmitDelayMs(tries: number, retryAfterMs: number, random = Math.random): number {
  const own = withJitter(Math.min(2_000 * 1.7 ** tries, 30_000), random);
  return Math.max(own, retryAfterMs);
}

/** Between two checks of a task: at least the interval, growing to six times it. */
export function pollDelayMs(intervalMs: number, polls: number, random = Math.random): number {
  const nominal = intervalMs * Math.min(1.08 ** polls, 6);
  return Math.round(nominal * (1 + random() * 0.1));
}

/** The number of tries to fetch a finished video. */
export const fetchTriesMax = 5;

/** Vendors with webhooks are polled rarely, but a finished video must be fetched soon. */
const refetchIntervalMaxMs = 5_000;

/** Between two tries to fetch a finished video: twice the interval, doubling. */
export function refetchDelayMs(intervalMs: number, tries: number, random = Math.random): number {
  return withJitter(Math.min(intervalMs, refetchIntervalMaxMs) * 2 ** (tries + 1), random);
}
