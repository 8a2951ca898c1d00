import type { EventBus } from "../events/event-bus.js";

/** The longest time that a lost event can delay a subscriber. */
const intervalMs = 3_000;
const digits = "0123456789abcdef";

/**
 * Events can be lost, so everything that has subscribers is due for a read every 3 s, and at once when
 * the bus reconnects. Each run covers the ids that end in one hex digit, so a run never blocks events
 * behind thousands of reads. Returns a function that stops it.
 */
export function startResync(
  bus: Pick<EventBus, "onReconnect">,
  resync: (isDue: (id: string) => boolean) => void,
): () => void {
  let run = 0;
  const timer = setInterval(() => {
    const digit = digits.charAt(run++ % digits.length);
    resync((id) => id.endsWith(digit));
  }, intervalMs / digits.length);
  const stopListening = bus.onReconnect(() => resync(() => true));
  return () => {
    clearInterval(timer);
    stopListening();
  };
}
