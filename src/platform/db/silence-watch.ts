import postgres from "postgres";
import type { Host } from "./address.js";
import type { Connection } from "./connection.js";
import type { Connector } from "./connector.js";

interface SilenceWatchOptions {
  /** How often `check` is called. */
  intervalMs: number;
  statementMs: number;
  pooled: boolean;
  /** The host does not answer. */
  onGone: (host: Host) => void;
}

/** After this long without an answer the server is asked, over a new connection, whether it is there. */
const silenceMs = 3_000;
const probeMs = 3_000;
/** The server ends a statement at its own limit and says so. */
const graceMs = 5_000;

/**
 * Finds servers that are frozen or unreachable. TCP does not: the kernel of a frozen server confirms
 * everything. Time is counted in checks, so that a process which was paused itself blames no server.
 */
export class SilenceWatch {
  private probe: { connection: Connection; checks: number } | null = null;

  constructor(
    private readonly connector: Connector,
    private readonly options: SilenceWatchOptions,
  ) {}

  check(busy: Iterable<Connection>): void {
    const { intervalMs, statementMs, pooled } = this.options;
    for (const connection of busy) {
      const silentMs = connection.countCheck() * intervalMs;
      if (statementMs > 0 && silentMs > statementMs + graceMs) void connection.end();
      // A pool answers for itself, and may have no connection free for the question.
      else if (!pooled && silentMs > 0 && silentMs % silenceMs === 0) void this.ask(connection.host);
    }
    if (this.probe && ++this.probe.checks * intervalMs > probeMs) void this.probe.connection.end();
  }

  private async ask(host: Host): Promise<void> {
    if (this.probe) return;
    const connection = this.connector.connectionTo(host, () => {});
    this.probe = { connection, checks: 0 };
    try {
      await connection.run({ text: "select 1", parameters: [], asArrays: false });
    } catch (error) {
      // "Too many connections" is an answer too.
      if (!(error instanceof postgres.PostgresError)) this.options.onGone(host);
    } finally {
      this.probe = null;
      void connection.end();
    }
  }
}
