import type { Logger } from "pino";
import type { EventBus, Topic } from "../events/event-bus.js";
import { ChangeReader } from "./change-reader.js";
import { type LatestValueQueue, SubscriberMap } from "./latest-value-queue.js";

/** The longest time that a lost event can delay a subscriber. */
const resyncIntervalMs = 3_000;
/** Keys per resync statement, so that a read of live changes never runs beside thousands of rows. */
export const resyncBatchMax = 250;

/** A row has an id and a version. Clients subscribe to a key: one row, or a user with all of their rows. */
export interface LiveRowsOptions<Event extends object, Row, Node extends object> {
  bus: EventBus;
  logger: Logger;
  topic: Topic<Event>;
  eventKey(event: Event): string;
  /** Id of the changed row. Unless given, a key has one row, and its id is the key. */
  eventId?(event: Event): string;
  read(ids: readonly string[]): Promise<Row[]>;
  rowKey(row: Row): string;
  rowId?(row: Row): string;
  /** Grows with every change of the row. */
  version(row: Row): number;
  /** Called once per change: all subscribers get the same object, by which SharedResults finds their common result. */
  toNode(row: Row): Node;
}

/**
 * Rows that clients follow (LiveQuery and LiveChanges):
 *
 * 1. An event on the bus names a changed row.
 * 2. A ChangeReader reads the row once, however many subscriptions of this server want it. Events can be
 *    lost, so rows that may have changed unnoticed are read every 3 s and when the bus reconnects.
 * 3. Each subscription has a LatestValueQueue, which gets the row unless it has this version already.
 * 4. The WebSocket pulls from the queue, a PullSource, whenever the client can take another event.
 */
export abstract class LiveRows<Event extends object, Row, Node extends object> {
  protected readonly subscribers: SubscriberMap<Node>;
  protected readonly changes: ChangeReader<Row>;
  private readonly resyncs: ChangeReader<Row>;
  private readonly stops: (() => void)[];

  constructor(
    protected readonly options: LiveRowsOptions<Event, Row, Node>,
    isLast?: (node: Node) => boolean,
  ) {
    const { bus, logger, topic, eventKey, eventId = eventKey, read } = options;
    this.subscribers = new SubscriberMap(isLast);
    this.changes = new ChangeReader(read, (rows) => this.push(rows), logger);
    this.resyncs = new ChangeReader(
      (keys) => this.readMissed(keys.filter((key) => this.subscribers.has(key))),
      (rows) => this.push(rows, (queue) => this.canResync(queue)),
      logger,
      resyncBatchMax,
    );
    this.stops = [
      bus.subscribe(topic, (event) => {
        if (this.subscribers.has(eventKey(event))) this.changes.add([eventId(event)]);
      }),
      startResync(bus, (isDue) => this.resyncs.add(this.subscribers.keys().filter(isDue))),
    ];
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const stop of this.stops) stop();
    this.subscribers.closeAll();
  }

  /** At least those rows of these keys that changed after they were last published here. */
  protected abstract readMissed(keys: readonly string[]): Promise<Row[]>;

  protected canResync(_queue: LatestValueQueue<Node>): boolean {
    return true;
  }

  private push(rows: readonly Row[], accepts: (queue: LatestValueQueue<Node>) => boolean = () => true): void {
    const { rowKey, rowId = rowKey, version, toNode } = this.options;
    for (const row of rows) {
      const node = toNode(row);
      for (const queue of this.subscribers.of(rowKey(row))) {
        if (accepts(queue)) queue.push(rowId(row), version(row), node);
      }
    }
  }
}

/**
 * Everything that has subscribers is due for a read every 3 s, and at once when the bus reconnects. Each
 * run covers the ids that end in one hex digit, so a run never blocks events behind thousands of reads.
 * Returns a function that stops it.
 */
export function startResync(
  bus: Pick<EventBus, "onReconnect">,
  resync: (isDue: (id: string) => boolean) => void,
): () => void {
  const digits = "0123456789abcdef";
  let run = 0;
  const timer = setInterval(() => {
    const digit = digits.charAt(run++ % digits.length);
    resync((id) => id.endsWith(digit));
  }, resyncIntervalMs / digits.length);
  const stopListening = bus.onReconnect(() => resync(() => true));
  return () => {
    clearInterval(timer);
    stopListening();
  };
}
