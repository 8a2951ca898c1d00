/** Full jitter over the upper half: at least half of the nominal delay, at most all of it. */
function withJitter(nominalMs: number, random: () => number): number {
  return Math.round(nominalMs * (0.5 + random() / 2));
}

/** Between two tries at a vendor that surely did nothing: first within 2 s, at most every 30 s. */
export function resubmitDelayMs(tries: number, retryAfterMs: number, random = Math.random): number {
  const own = withJitter(Math.min(2_000 * 1.7 ** tries, 30_000), random);
  return Math.max(own, retryAfterMs);
}

/** Between two polls at a task: never shorter than the interval, growing to six times it. */
export function pollDelayMs(intervalMs: number, polls: number, random = Math.random): number {
  const nominal = intervalMs * Math.min(1.08 ** polls, 6);
  return Math.round(nominal * (1 + random() * 0.1));
}

/** How often a finished video is fetched before it is given up. */
export const fetchTriesMax = 5;

/** Looks may be far apart where a vendor tells us when to look; a finished video is fetched all the same. */
const refetchIntervalMaxMs = 5_000;

/** Between two tries to fetch a finished video: twice the interval, doubling. */
export function refetchDelayMs(intervalMs: number, tries: number, random = Math.random): number {
  return withJitter(Math.min(intervalMs, refetchIntervalMaxMs) * 2 ** (tries + 1), random);
}
