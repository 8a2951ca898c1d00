/**
 * What changed, told to every server after the commit. An event names a row and never carries it:
 * whoever listens reads it, so a lost or doubled event costs time and never the truth.
 */
export interface BusEvents {
  "task-changed": { taskId: string; userId: string; revision: number };
  /** There are new tasks, which have no jobs yet. */
  "tasks-created": object;
  "wallet-changed": { userId: string };
  "session-ended": { sessionId: string };
  /** Jobs of this queue are ready, now or after the delay: an idle worker need not wait for its next look. */
  "jobs-ready": { queue: string; delayMs: number };
}

export type BusTopic = keyof BusEvents;

export interface EventBus {
  /** Never throws and never waits: what cannot be sent is lost, and listeners catch up by reading. */
  publish<T extends BusTopic>(topic: T, ...events: BusEvents[T][]): void;
  /** Hears this server's own events as well. Returns the way to stop listening. */
  subscribe<T extends BusTopic>(topic: T, listener: (event: BusEvents[T]) => void): () => void;
  /** Called when the connection is back after a loss: events may have been missed. */
  onReconnect(listener: () => void): () => void;
  close(): Promise<void>;
}
