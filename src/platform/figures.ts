import { sql } from "drizzle-orm";
import { Counter, Gauge, type Registry } from "prom-client";
import type { Db } from "./db.js";
import type { Logger } from "./logger.js";

/** A figure that is read from the database and is the same whichever server is asked. */
export interface Figure {
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
export interface FigureSource {
  figures: readonly Figure[];
  read(db: Db): Promise<Sample[]>;
}

/** How old figures may get before they are read anew. */
const freshMs = 15_000;

interface Stored {
  samples: Sample[];
  ageMs: number | null;
  claimed: boolean;
}

/**
 * The figures of the database, read by one server for all, and only while somebody looks: at most
 * every fifteen seconds, however many servers and scrapes there are. A server that dies while it
 * reads is followed by another fifteen seconds later.
 */
export class SharedFigures {
  private readonly meters: ReadonlyMap<string, Gauge | Counter>;
  /** By this process's clock, which began when it started. */
  private takenAtMs = 0;
  private refreshing: Promise<void> | null = null;

  constructor(
    private readonly db: Db,
    registry: Registry,
    private readonly sources: readonly FigureSource[],
    private readonly logger: Logger,
  ) {
    const figures = sources.flatMap((source) => source.figures);
    this.meters = new Map(figures.map((figure) => [figure.name, meterFor(figure, registry)]));
    const ageSec = () => (performance.now() - this.takenAtMs) / 1000;
    new Gauge({
      name: "skyriff_figures_age_seconds",
      help: "How long ago the figures of the database were read",
      registers: [registry],
      collect() {
        this.set(ageSec());
      },
    });
  }

  /** Sets the figures to what they are now, or were a moment ago. Rejects when the database is away. */
  refresh(): Promise<void> {
    this.refreshing ??= this.refreshOnce().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  private async refreshOnce(): Promise<void> {
    const stored = await this.look();
    if (!stored.claimed) return this.show(stored.samples, stored.ageMs);
    const samples = await this.readAll();
    await this.db.execute(sql`
      update operator_figures set samples = ${JSON.stringify(samples)}::jsonb, taken_at = clock_timestamp()`);
    this.show(samples, 0);
  }

  /** The stored figures, and whether it is this server's turn to read new ones: one statement. */
  private async look(): Promise<Stored> {
    const [row] = await this.db.execute<{ samples: Sample[]; age_ms: number | null; claimed: boolean }>(sql`
      with claim as (
        insert into operator_figures (claimed_at) values (clock_timestamp())
        on conflict (id) do update set claimed_at = excluded.claimed_at
          where operator_figures.claimed_at <= excluded.claimed_at - ${freshMs} * interval '1 millisecond'
        returning id
      )
      select coalesce(f.samples, '[]') as samples, exists (select from claim) as claimed,
        (extract(epoch from clock_timestamp() - f.taken_at) * 1000)::float8 as age_ms
      from (select) as always left join operator_figures f on true`);
    if (!row) throw new Error("a select without a row");
    return { samples: row.samples, ageMs: row.age_ms, claimed: row.claimed };
  }

  /** A source that fails costs its own figures and no others. */
  private async readAll(): Promise<Sample[]> {
    const samples: Sample[] = [];
    for (const source of this.sources) {
      try {
        samples.push(...(await source.read(this.db)));
      } catch (err) {
        this.logger.warn(
          { err, figures: source.figures.map(({ name }) => name) },
          "figures could not be read",
        );
      }
    }
    return samples;
  }

  private show(samples: readonly Sample[], ageMs: number | null): void {
    for (const meter of this.meters.values()) meter.reset();
    for (const { name, labels = {}, value } of samples) this.meters.get(name)?.inc(labels, value);
    if (ageMs !== null) this.takenAtMs = performance.now() - ageMs;
  }
}

function meterFor({ name, help, type, labels = [] }: Figure, registry: Registry): Gauge | Counter {
  const Meter = type === "gauge" ? Gauge : Counter;
  return new Meter({ name, help, labelNames: [...labels], registers: [registry] });
}
