import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { DatabaseMetrics } from "./database-metrics.js";

/** A page is made at most so often, whoever asks. */
const ttlMs = 1_000;
/** With the database away, the page comes all the same, with the figures of the last time. */
const databaseWaitMs = 2_000;

/** GET /metrics: this process's own figures and those of the database, as Prometheus text. */
export class MetricsEndpoint {
  private page: Promise<string> | null = null;

  constructor(
    private readonly registry: Registry,
    private readonly figures: DatabaseMetrics | null,
    private readonly logger: Logger,
  ) {}

  get contentType(): string {
    return this.registry.contentType;
  }

  text(): Promise<string> {
    this.page ??= this.make().finally(() => {
      setTimeout(() => {
        this.page = null;
      }, ttlMs).unref();
    });
    return this.page;
  }

  private async make(): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const waited = new Promise<void>((done) => {
      timer = setTimeout(done, databaseWaitMs);
    });
    const refreshed = this.figures?.refresh().catch((err) => {
      this.logger.warn({ err }, "the figures of the database could not be read");
    });
    await Promise.race([refreshed, waited]);
    clearTimeout(timer);
    return this.registry.metrics();
  }
}
