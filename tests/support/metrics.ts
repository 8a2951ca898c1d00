import { Registry } from "prom-client";
import { createMetricsEndpoint } from "../../src/app/create-metrics-endpoint.js";
import type { Product } from "./product.js";

/** The parsed page at /metrics. */
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

  /** The sum of the samples with these labels, or undefined. */
  value(name: string, labels: Record<string, string> = {}): number | undefined {
    const found = this.samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, v]) => sample.labels[key] === v),
    );
    return found.length === 0 ? undefined : found.reduce((sum, sample) => sum + sample.value, 0);
  }

  /** The names in the TYPE lines. */
  get types(): Map<string, string> {
    return new Map([...this.text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name!, type!]));
  }

  /** The names of all samples; a histogram has three. */
  get sampleNames(): Set<string> {
    return new Set(this.samples.map(({ name }) => name));
  }
}

export async function metricsOf(url: string): Promise<MetricsReading> {
  const response = await fetch(`${url}/metrics`);
  return new MetricsReading(await response.text());
}

/** The page at /metrics with current database metrics instead of up to 15 s old ones. */
export async function freshMetricsOf(product: Product): Promise<MetricsReading> {
  const fresh = await createMetricsEndpoint({
    ...product.app,
    metrics: { ...product.app.metrics, registry: new Registry() },
  }).text();
  const { types } = new MetricsReading(fresh);
  const page = await metricsOf(product.url);
  const others = page.text.split("\n").filter((line) => {
    const [, name = ""] = /^(?:# \w+ )?(\w+)/.exec(line) ?? [];
    return !types.has(name);
  });
  return new MetricsReading([fresh, ...others].join("\n"));
}
