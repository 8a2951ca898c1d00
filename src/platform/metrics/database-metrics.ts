import type { Logger } from "pino";
import { Counter, Gauge, type Registry } from "prom-client";
import { singleFlight } from "../async/single-flight.js";
import { type Db, isDatabaseUnavailable } from "../db/index.js";

/** A metric that is read from the database, so that all servers show the same value. */
export interface DatabaseMetric {
  name: string;
  help: string;
  type: "gauge" | "counter";
  labels?: readonly string[];
}

export interface Sample {
  name: string;
  labels?: Record<string, string>;
  value: number;
}

/** The cost of `read` must not grow with the stored rows. docs/operations.md lists the costs. */
export interface MetricSource {
  metrics: readonly DatabaseMetric[];
  read(db: Db): Promise<Sample[]>;
}

const ttlMs = 15_000;

/** Metrics read from the database: by each process, only when `/metrics` is scraped, at most every 15 s. */
export class DatabaseMetrics {
  private readonly meters: ReadonlyMap<string, Gauge | Counter>;
  private readAtMs: number | null = null;

  constructor(
    private readonly db: Db,
    registry: Registry,
    private readonly sources: readonly MetricSource[],
    private readonly logger: Logger,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    const metrics = sources.flatMap((source) => source.metrics);
    this.meters = new Map(metrics.map((metric) => [metric.name, createMeter(metric, registry)]));
    const ageSec = () => (this.nowMs() - (this.readAtMs ?? 0)) / 1000;
    new Gauge({
      name: "skyriff_figures_age_seconds",
      help: "How long ago the figures of the database were read",
      registers: [registry],
      collect() {
        this.set(ageSec());
      },
    });
  }

  /** Rejects if the database is unavailable; the last values stay. */
  readonly refresh = singleFlight(async () => {
    if (this.readAtMs !== null && this.nowMs() - this.readAtMs < ttlMs) return;
    const samples = await this.readAll();
    for (const meter of this.meters.values()) meter.reset();
    for (const { name, labels = {}, value } of samples) this.meters.get(name)?.inc(labels, value);
    this.readAtMs = this.nowMs();
  });

  /** A failed source leaves out only its own metrics. */
  private async readAll(): Promise<Sample[]> {
    const samples: Sample[] = [];
    for (const source of this.sources) {
      try {
        samples.push(...(await source.read(this.db)));
      } catch (err) {
        if (isDatabaseUnavailable(err)) throw err;
        const metrics = source.metrics.map(({ name }) => name);
        this.logger.warn({ err, metrics }, "could not read metrics; /metrics leaves them out");
      }
    }
    return samples;
  }
}

function createMeter({ name, help, type, labels = [] }: DatabaseMetric, registry: Registry): Gauge | Counter {
  const Meter = type === "gauge" ? Gauge : Counter;
  return new Meter({ name, help, labelNames: [...labels], registers: [registry] });
}
