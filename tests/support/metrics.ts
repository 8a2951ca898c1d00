import { sql } from "drizzle-orm";
import type { Product } from "./product.js";
import { until } from "./until.js";

/** The page at /metrics, read. */
export class MetricsReading {
  private readonly samples: { name: string; labels: Record<string, string>; value: number }[] = [];

  constructor(readonly text: string) {
    for (const line of text.split("\n")) {
      const [, name, labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (!name) continue;
      const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]);
      this.samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value) });
    }
  }

  /** The sum of the samples with these labels; undefined when there is none. */
  value(name: string, labels: Record<string, string> = {}): number | undefined {
    const found = this.samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, v]) => sample.labels[key] === v),
    );
    return found.length === 0 ? undefined : found.reduce((sum, sample) => sum + sample.value, 0);
  }

  /** Every metric there is, as its TYPE line names it. */
  get types(): Map<string, string> {
    return new Map([...this.text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]));
  }

  /** Every name that a sample has: histograms have three each. */
  get sampleNames(): Set<string> {
    return new Set(this.samples.map(({ name }) => name));
  }
}

export async function metricsOf(url: string): Promise<MetricsReading> {
  const response = await fetch(`${url}/metrics`);
  return new MetricsReading(await response.text());
}

/** Figures of the database that were read after this was called, and not up to fifteen seconds before. */
export async function figuresNow(product: Product): Promise<MetricsReading> {
  const { db } = product.core;
  await db.execute(sql`update operator_figures set claimed_at = '-infinity', taken_at = null`);
  await metricsOf(product.url);
  await until("figures that are new", async () => {
    const [row] = await db.execute<{ is_new: boolean }>(
      sql`select taken_at is not null as is_new from operator_figures`,
    );
    if (!row?.is_new) await metricsOf(product.url);
    return row?.is_new;
  });
  // The page itself is kept for a second.
  return until("a page made of them", async () => {
    const page = await metricsOf(product.url);
    return (page.value("skyriff_figures_age_seconds") ?? 99) < 5 && page;
  });
}
