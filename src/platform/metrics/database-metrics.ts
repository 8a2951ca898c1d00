import type { Logger } from "pino";
import { Counter, Gauge, type Registry } from "prom-client";
import { singleFlight } from "../async/single-flight.js";
import { type Db, isDatabaseUnavailable } from "../db/index.js";

/** A figure that is read from the database and is the same whichever server is asked. */
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

/** `read` must stay cheap however much there is: what it costs stands in docs/operations.md. */
export interface MetricSource {
  metrics: readonly DatabaseMetric[];
  read(db: Db): Promise<Sample[]>;
}

/** How old figures may get before they are read again. */
const freshMs = 15_000;

/**
 * The figures of the database. Each process reads them for itself, only when its `/metrics` is scraped, and
 * at most every fifteen seconds.
 */
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
    const figures = sources.flatMap((source) => source.metrics);
    this.meters = new Map(figures.map((figure) => [figure.name, meterFor(figure, registry)]));
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

  /** Brings the figures up to date. If the database is unavailable it rejects, and the last figures stay. */
  readonly refresh = singleFlight(async () => {
    if (this.readAtMs !== null && this.nowMs() - this.readAtMs < freshMs) return;
    const samples = await this.readAll();
    for (const meter of this.meters.values()) meter.reset();
    for (const { name, labels = {}, value } of samples) this.meters.get(name)?.inc(labels, value);
    this.readAtMs = this.nowMs();
  });

  /** A source that fails costs only its own figures. */
  private async readAll(): Promise<Sample[]> {
    const samples: Sample[] = [];
    for (const source of this.sources) {
      try {
        samples.push(...(await source.read(this.db)));
      } catch (err) {
        if (isDatabaseUnavailable(err)) throw err;
        const figures = source.metrics.map(({ name }) => name);
        this.logger.warn({ err, figures }, "figures could not be read");
      }
    }
    return samples;
  }
}

function meterFor({ name, help, type, labels = [] }: DatabaseMetric, registry: Registry): Gauge | Counter {
  const Meter = type === "gauge" ? Gauge : Counter;
  return new Meter({ name, help, labelNames: [...labels], registers: [registry] });
}
