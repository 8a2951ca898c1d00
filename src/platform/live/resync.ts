import type { EventBus } from "../events/event-bus.js";

/** How long a lost event can keep a watcher waiting. */
const intervalMs = 3_000;
const digits = "0123456789abcdef";

/**
 * Events can be lost, so all that is watched is looked at every few seconds, and at once when the bus
 * comes back. A look is for the ids that end on one digit, and each digit has its turn: nothing that
 * happens meanwhile waits for thousands of looks. Returns the way to stop.
 */
export function startResync(bus: EventBus, review: (isDue: (id: string) => boolean) => void): () => void {
  let turn = 0;
  const timer = setInterval(() => {
    const digit = digits.charAt(turn++ % digits.length);
    review((id) => id.endsWith(digit));
  }, intervalMs / digits.length);
  const stopListening = bus.onReconnect(() => review(() => true));
  return () => {
    clearInterval(timer);
    stopListening();
  };
}
