import postgres from "postgres";
import type { Host } from "./address.js";
import type { Connection } from "./connection.js";
import type { Connector } from "./connector.js";

interface ServerHealthCheckOptions {
  /** How often `run` is called. */
  intervalMs: number;
  statementTimeoutMs: number;
  pooled: boolean;
  onUnresponsive: (host: Host) => void;
}

/** After this long without a response to a statement, a new connection probes the server. */
const silenceMs = 3_000;
const probeTimeoutMs = 3_000;
/** The server cancels a statement at its own limit; after this much more, the connection is closed. */
const graceMs = 5_000;

/**
 * Detects frozen and unreachable servers. TCP does not: the kernel of a frozen server acknowledges
 * everything. Durations are counted in health checks, so that a process that was itself suspended does
 * not take a server for unresponsive.
 */
export class ServerHealthCheck {
  private probe: { connection: Connection; healthChecks: number } | null = null;

  constructor(
    private readonly connector: Connector,
    private readonly options: ServerHealthCheckOptions,
  ) {}

  run(busyConnections: Iterable<Connection>): void {
    const { intervalMs, statementTimeoutMs, pooled } = this.options;
    for (const connection of busyConnections) {
      const silentMs = connection.countHealthCheck() * intervalMs;
      if (statementTimeoutMs > 0 && silentMs > statementTimeoutMs + graceMs) void connection.close();
      // A pooler would answer for itself, and may have no connection free for the probe.
      else if (!pooled && silentMs > 0 && silentMs % silenceMs === 0) void this.startProbe(connection.host);
    }
    if (this.probe && ++this.probe.healthChecks * intervalMs > probeTimeoutMs)
      void this.probe.connection.close();
  }

  private async startProbe(host: Host): Promise<void> {
    if (this.probe) return;
    const connection = this.connector.createConnection(host, () => {});
    this.probe = { connection, healthChecks: 0 };
    try {
      await connection.run({ text: "select 1", parameters: [], asArrays: false });
    } catch (error) {
      // A PostgresError such as "too many connections" shows that the server responds.
      if (!(error instanceof postgres.PostgresError)) this.options.onUnresponsive(host);
    } finally {
      this.probe = null;
      void connection.close();
    }
  }
}
