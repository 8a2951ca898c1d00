import { setTimeout as sleep } from "node:timers/promises";
import { singleFlight } from "../async/single-flight.js";
import { parseDatabaseUrl } from "./address.js";
import type { Connection } from "./connection.js";
import { Connector, requiredRole } from "./connector.js";

interface NotificationListenerOptions {
  /** Must be the address of PostgreSQL itself: a pooler in transaction mode does not forward notifications. */
  url: string;
  applicationName: string;
  channel: string;
  onNotification: (text: string) => void;
  /** Notifications sent before a connect or reconnect are lost. */
  onConnected: () => void;
}

const reconnectDelayMs = 500;

/** LISTEN on a dedicated connection, which reconnects whenever it is lost. */
export class NotificationListener {
  private readonly connector: Connector;
  private connection: Connection | null = null;
  private readonly reconnect = singleFlight(() => this.connectWithRetries());
  private closed = false;

  constructor(private readonly options: NotificationListenerOptions) {
    const { url, applicationName, onNotification } = options;
    const address = parseDatabaseUrl(url);
    const limits = { statementTimeoutMs: 0, pooled: false, prepare: false };
    this.connector = new Connector(
      { address, role: requiredRole(address, "primary"), applicationName, onNotification, ...limits },
      { parsers: {}, serializers: {} },
    );
  }

  async open(): Promise<void> {
    this.connection = await this.connector.open(() => void this.reconnect());
    await this.connection.run({ text: `listen ${this.options.channel}`, parameters: [], asArrays: false });
    this.options.onConnected();
  }

  /** Closes a connection that may be dead; its loss causes the reconnect. */
  replaceConnection(): void {
    void this.connection?.close();
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.connection?.close();
  }

  private async connectWithRetries(): Promise<void> {
    for (let isOpen = false; !isOpen && !this.closed; ) {
      await sleep(reconnectDelayMs, undefined, { ref: false });
      if (!this.closed)
        isOpen = await this.open().then(
          () => true,
          () => false,
        );
    }
    if (this.closed) await this.connection?.close();
  }
}
