import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { singleFlight } from "../async/single-flight.js";
import type { DatabaseMetrics } from "./database-metrics.js";

/** How long a rendered text is reused for further scrapes. */
const ttlMs = 1_000;
/** If the database does not respond by then, its last metrics are rendered. */
const databaseTimeoutMs = 2_000;

/** GET /metrics: this process's metrics and those read from the database, in Prometheus's text format. */
export class MetricsEndpoint {
  private rendered = { text: "", atMs: Number.NEGATIVE_INFINITY };

  constructor(
    private readonly registry: Registry,
    private readonly databaseMetrics: DatabaseMetrics | null,
    private readonly logger: Logger,
  ) {}

  get contentType(): string {
    return this.registry.contentType;
  }

  readonly text = singleFlight(async (): Promise<string> => {
    if (performance.now() - this.rendered.atMs > ttlMs) {
      await this.refreshDatabaseMetrics();
      this.rendered = { text: await this.registry.metrics(), atMs: performance.now() };
    }
    return this.rendered.text;
  });

  private async refreshDatabaseMetrics(): Promise<void> {
    const refreshed = this.databaseMetrics?.refresh().catch((err) => {
      this.logger.warn({ err }, "could not read the metrics of the database; /metrics shows the last ones");
    });
    await Promise.race([refreshed, sleep(databaseTimeoutMs, undefined, { ref: false })]);
  }
}
