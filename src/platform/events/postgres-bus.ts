import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import { connectDatabase, type Database } from "../db/index.js";
import { NotificationListener } from "../db/notification-listener.js";
import { BatchingBus } from "./batching-bus.js";

const channel = "skyriff_events";
/** PostgreSQL accepts less than 8,000 bytes per notification. */
const notificationBytesMax = 7_500;
const applicationName = "skyriff-events";
/** Sent to this server itself, to check that notifications still arrive. */
const heartbeat = "{}";
const heartbeatIntervalMs = 5_000;

/**
 * Events over LISTEN/NOTIFY, on separate connections and outside money transactions: PostgreSQL takes
 * one global lock at the commit of every transaction that notifies.
 */
export class PostgresBus extends BatchingBus {
  private readonly sender: Database;
  private readonly notifications: NotificationListener;
  /** A notification arrived after the last heartbeat was sent. */
  private received = true;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;

  /** `directUrl` must lead to PostgreSQL itself: a pool in transaction mode does not forward notifications. */
  constructor(directUrl: string, logger: Logger) {
    super(logger, notificationBytesMax);
    this.sender = connectDatabase({
      url: directUrl,
      poolSize: 1,
      applicationName,
      statementTimeoutMs: 5_000,
    });
    this.notifications = new NotificationListener({
      ...{ url: directUrl, applicationName, channel },
      onNotification: (text) => this.receiveNotification(text),
      onConnected: () => this.connected(),
    });
  }

  async listen(): Promise<void> {
    await this.notifications.open();
    this.scheduleHeartbeat();
  }

  /** Without synchronous_commit a notification does not wait for the disk. A crash may lose it. */
  protected async send(text: string): Promise<void> {
    await this.sender.db.execute(
      sql`select set_config('synchronous_commit', 'off', true), pg_notify(${channel}, ${text})`,
    );
  }

  protected async disconnect(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await Promise.all([this.notifications.close(), this.sender.close()]);
  }

  private receiveNotification(text: string): void {
    this.received = true;
    if (text !== heartbeat) this.receive(text);
  }

  /** A listening connection can break without an error. If a heartbeat has not arrived, a new one is opened. */
  private scheduleHeartbeat(): void {
    this.timer = setTimeout(async () => {
      await this.checkConnection();
      if (!this.closed) this.scheduleHeartbeat();
    }, heartbeatIntervalMs);
    this.timer.unref();
  }

  private async checkConnection(): Promise<void> {
    try {
      if (!this.received) {
        this.logger.warn("event bus: notifications do not arrive; reconnecting");
        this.notifications.replaceConnection();
      }
      this.received = false;
      await this.send(heartbeat);
    } catch {
      this.received = true; // The heartbeat was not sent, so its absence means nothing.
    }
  }
}
