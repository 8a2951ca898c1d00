import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import type { Measured } from "./measure.js";
import type { Options } from "./options.js";

/** The results of one work, round by round, and of its ceiling in the same rounds. */
export interface Series {
  name: string;
  ours: Measured[];
  ceiling: Measured[];
  /** Figures that only this one has, as medians over the rounds. */
  more?: Record<string, number>;
}

export function median(values: number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle] as number;
  return sorted.length === 0 ? Number.NaN : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** A table in Markdown, so that it can be put into a page as it is. */
export function tableOf(series: Series[]): string {
  const head =
    "| work | per s | spread | p50 / p99 ms | server µs | PostgreSQL µs | ceiling per s | ratio | failed |";
  const rows = series.map(({ name, ours, ceiling }) => {
    const of = (pick: (m: Measured) => number) => median(ours.map(pick));
    const perSec = ours.map((m) => m.perSec);
    const spread = ((Math.max(...perSec) - Math.min(...perSec)) / median(perSec)) * 100;
    const most = median(ceiling.map((m) => m.perSec));
    const ratio = median(ours.flatMap((m, n) => (ceiling[n] ? m.perSec / ceiling[n].perSec : [])));
    const failed = [...ours, ...ceiling].reduce((sum, m) => sum + m.failed, 0);
    const cells = [
      name,
      text(median(perSec)),
      ours.length > 1 ? `${text(spread)} %` : "–",
      `${text(
        of((m) => m.p50Ms),
        1,
      )} / ${text(
        of((m) => m.p99Ms),
        1,
      )}`,
      text(of((m) => m.serverUs)),
      text(of((m) => m.postgresUs)),
      text(most),
      text(ratio, 2),
      String(failed),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [head, `|${" --- |".repeat(9)}`, ...rows].join("\n");
}

export function moreOf(series: Series[]): string {
  return series
    .flatMap(({ name, more }) =>
      more ? [`${name}:`, ...Object.entries(more).map(([key, value]) => `  ${key}: ${text(value, 1)}`)] : [],
    )
    .join("\n");
}

export function failuresOf(series: Series[]): string[] {
  return series.flatMap(({ name, ours, ceiling }) =>
    [...ours, ...ceiling].flatMap(({ failure }) => (failure ? `${name}: ${failure}` : [])),
  );
}

/** Returns where it is. */
export function writeJson(series: Series[], { only, ...options }: Options): string {
  const at = new Date().toISOString();
  const machine = { processor: cpus()[0]?.model, processors: availableParallelism(), node: process.version };
  const path = `bench-results/${at.replaceAll(/[:.]/g, "-")}.json`;
  mkdirSync("bench-results", { recursive: true });
  const all = { at, machine, options: { ...options, only: [...only] }, series };
  writeFileSync(path, `${JSON.stringify(all, null, 2)}\n`);
  return path;
}

function text(value: number, digits = 0): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}
