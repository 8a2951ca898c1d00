/**
 * A kind of event. Its name is what servers send each other. An event names a row and never carries it:
 * listeners read the row, so a lost or doubled event costs time and never the truth.
 */
export class Topic<Event extends object> {
  /** Only for the compiler. */
  declare readonly event: Event;

  constructor(readonly name: string) {}
}

/** The module that publishes the events declares their topic. */
export function defineTopic<Event extends object>(name: string): Topic<Event> {
  return new Topic(name);
}

/** Sends events to every server, this one included. Publish after the commit. */
export interface EventBus {
  /** Never throws and never waits: an event that cannot be sent is lost, and listeners catch up by reading. */
  publish<Event extends object>(topic: Topic<Event>, ...events: Event[]): void;
  /** Receives this server's own events too. Returns a function that ends the subscription. */
  subscribe<Event extends object>(topic: Topic<Event>, listener: (event: Event) => void): () => void;
  /** Called when the connection is back after a loss: events may have been missed. */
  onReconnect(listener: () => void): () => void;
  close(): Promise<void>;
}
