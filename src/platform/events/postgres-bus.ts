import { sql } from "drizzle-orm";
import type { Logger } from "pino";
import { connectDatabase, type Database } from "../db/index.js";
import { NotificationListener } from "../db/notification-listener.js";
import { BatchingBus } from "./batching-bus.js";

const channel = "skyriff_events";
/** PostgreSQL takes 8,000 bytes a notification. */
const notificationBytesMax = 7_500;
const applicationName = "skyriff-events";
/** Told to ourselves, to find out whether we still hear. */
const echo = "{}";
const echoIntervalMs = 5_000;

/**
 * LISTEN/NOTIFY, on connections of its own and outside every money transaction: PostgreSQL takes one
 * global lock at the commit of each transaction that notified.
 */
export class PostgresBus extends BatchingBus {
  private readonly speaker: Database;
  private readonly notifications: NotificationListener;
  private hearing = true;
  private closed = false;
  private timer: NodeJS.Timeout | undefined;

  /** The address must lead to PostgreSQL itself: a pool in transaction mode passes no notifications on. */
  constructor(directUrl: string, logger: Logger) {
    super(logger, notificationBytesMax);
    this.speaker = connectDatabase({
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
    this.listenToOurselvesIn(echoIntervalMs);
  }

  /** Who listens does not wait for the disk: an event that a crash takes away is no loss. */
  protected async send(text: string): Promise<void> {
    await this.speaker.db.execute(
      sql`select set_config('synchronous_commit', 'off', true), pg_notify(${channel}, ${text})`,
    );
  }

  protected async disconnect(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await Promise.all([this.notifications.close(), this.speaker.close()]);
  }

  private receiveNotification(text: string): void {
    this.hearing = true;
    if (text !== echo) this.receive(text);
  }

  /** A connection can be dead without anybody being told; who only listens would never notice. */
  private listenToOurselvesIn(delayMs: number): void {
    this.timer = setTimeout(async () => {
      await this.listenToOurselves();
      if (!this.closed) this.listenToOurselvesIn(delayMs);
    }, delayMs);
    this.timer.unref();
  }

  private async listenToOurselves(): Promise<void> {
    try {
      if (!this.hearing) {
        this.logger.warn("what other servers tell was not heard: listening anew");
        this.notifications.replaceConnection();
      }
      this.hearing = false;
      await this.send(echo);
    } catch {
      this.hearing = true; // Nothing was said, or the driver is connecting: nothing is to be heard.
    }
  }
}
