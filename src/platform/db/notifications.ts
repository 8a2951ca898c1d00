import { setTimeout as sleep } from "node:timers/promises";
import { singleFlight } from "../async/single-flight.js";
import { parseDatabaseUrl } from "./address.js";
import type { Connection } from "./connection.js";
import { Connector, roleFor } from "./connector.js";

interface NotificationOptions {
  /** Must lead to PostgreSQL itself: a pool in transaction mode passes no notifications on. */
  url: string;
  applicationName: string;
  channel: string;
  onText: (text: string) => void;
  /** At every connection: before it, notifications may have been missed. */
  onConnected: () => void;
}

const reconnectMs = 500;

/** LISTEN, on a connection of its own that is opened again after every loss. */
export class Notifications {
  private readonly connector: Connector;
  private connection: Connection | null = null;
  private readonly reconnect = singleFlight(() => this.openAgain());
  private closed = false;

  constructor(private readonly options: NotificationOptions) {
    const { url, applicationName, onText: onNotification } = options;
    const address = parseDatabaseUrl(url);
    const limits = { statementMs: 0, pooled: false, prepare: false };
    this.connector = new Connector(
      { address, role: roleFor(address, "primary"), applicationName, onNotification, ...limits },
      { parsers: {}, serializers: {} },
    );
  }

  async open(): Promise<void> {
    this.connection = await this.connector.open(() => void this.reconnect());
    await this.connection.run({ text: `listen ${this.options.channel}`, parameters: [], asArrays: false });
    this.options.onConnected();
  }

  /** Opens a new connection in place of one that may be dead. */
  renew(): void {
    void this.connection?.end();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.connection?.end();
  }

  private async openAgain(): Promise<void> {
    for (let isOpen = false; !isOpen && !this.closed; ) {
      await sleep(reconnectMs, undefined, { ref: false });
      if (!this.closed)
        isOpen = await this.open().then(
          () => true,
          () => false,
        );
    }
    if (this.closed) await this.connection?.end();
  }
}
