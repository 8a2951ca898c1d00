const dayMs = 24 * 60 * 60 * 1000;

/** The UTC day of a time: its first moment, and that of the next day. */
export function utcDayOf(now: Date): { start: Date; end: Date } {
  const startMs = Math.floor(now.getTime() / dayMs) * dayMs;
  return { start: new Date(startMs), end: new Date(startMs + dayMs) };
}
