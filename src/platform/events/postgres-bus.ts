import postgres from "postgres";
import type { Logger } from "../logger.js";
import { BatchingBus } from "./batching-bus.js";

const channel = "skyriff_events";
/** PostgreSQL takes 8,000 bytes a notification. */
const notificationBytesMax = 7_500;

/**
 * LISTEN/NOTIFY, on connections of its own and outside every money transaction: PostgreSQL takes one
 * global lock at the commit of each transaction that notified.
 */
export class PostgresBus extends BatchingBus {
  private readonly client: postgres.Sql;

  /** The address must lead to PostgreSQL itself: a pool in transaction mode passes no notifications on. */
  constructor(directUrl: string, logger: Logger) {
    super(logger, notificationBytesMax);
    this.client = postgres(directUrl, {
      max: 1,
      onnotice: () => {},
      connection: { application_name: "skyriff-events" },
    });
  }

  async listen(): Promise<void> {
    await this.client.listen(
      channel,
      (text) => this.receive(text),
      () => this.connected(),
    );
  }

  protected async send(text: string): Promise<void> {
    await this.client`select pg_notify(${channel}, ${text})`;
  }

  protected async disconnect(): Promise<void> {
    await this.client.end({ timeout: 2 });
  }
}
