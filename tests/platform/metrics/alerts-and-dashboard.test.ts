import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { freshMetricsOf, type MetricsReading } from "../../support/metrics.js";
import { type Product, startProduct } from "../../support/product.js";
import { create, ended } from "../../support/tasks.js";

const read = (path: string) => readFileSync(path, "utf8");

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

const rules = (parse(read("docs/operations/alerts.yaml")) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);

interface Panel {
  id: number;
  title: string;
  type: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

const panels = (JSON.parse(read("docs/operations/grafana-dashboard.json")) as { panels: Panel[] }).panels;
const expressions = panels.flatMap((panel) => (panel.targets ?? []).map(({ expr }) => expr));

/** The metrics and label names in a PromQL expression. Throws if it does not parse. */
function readPromql(expr: string): { metrics: string[]; labels: string[] } {
  const text = expr.replaceAll("$__rate_interval", "5m");
  const found = { metrics: [] as string[], labels: [] as string[] };
  parser.parse(text).iterate({
    enter({ type, from, to, node }) {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${expr}`);
      const word = text.slice(from, to);
      if (type.name === "Identifier" && node.parent?.name === "VectorSelector") found.metrics.push(word);
      if (type.name === "LabelName") found.labels.push(word);
    },
  });
  return found;
}

interface Meter {
  name: string;
  labelNames: readonly string[];
}

let product: Product;
let page: MetricsReading;
/** Includes metrics that have no sample yet. */
let labelsByMetric: Map<string, readonly string[]>;
beforeAll(async () => {
  product = await startProduct();
  const ana = await product.user();
  await ended(ana, await create(ana, { prompt: "[fault:reject]" }));
  page = await freshMetricsOf(product);
  const meters = product.app.metrics.registry.getMetricsAsArray() as unknown as Meter[];
  labelsByMetric = new Map(meters.map(({ name, labelNames }) => [name, labelNames]));
});
afterAll(() => product.close());

/** Prometheus adds these to every sample. */
const labelsOfPrometheus = ["instance", "job", "le"];

function expectKnown(expr: string): void {
  const { metrics, labels } = readPromql(expr);
  expect(metrics.length, expr).toBeGreaterThan(0);
  const known = new Set([...page.sampleNames, ...page.types.keys()]);
  for (const [name, type] of page.types)
    if (type === "histogram") for (const end of ["_bucket", "_sum", "_count"]) known.add(name + end);
  for (const name of metrics) expect(known, `${name} in ${expr}`).toContain(name);
  const labelNames = new Set([...labelsOfPrometheus, ...[...labelsByMetric.values()].flat()]);
  for (const label of labels) expect(labelNames, `${label} in ${expr}`).toContain(label);
}

describe("the alert rules", () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))(
    "%s uses existing metrics and labels",
    (_, rule) => {
      expectKnown(rule.expr);
      expect(["critical", "warning"]).toContain(rule.labels.severity);
      expect(rule.for ?? "0m").toMatch(/^\d+[smh]$/);
      expect(rule.annotations.summary).toMatch(/\.$/);
    },
  );

  test("docs/operations.md has a runbook for each alert, in the same order, and no others", () => {
    const runbooks = [...read("docs/operations.md").matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(runbooks).toEqual(rules.map((rule) => rule.alert));
    for (const { alert, annotations } of rules)
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  });
});

describe("the dashboard", () => {
  test("every panel uses existing metrics and labels", () => {
    expect(expressions.length).toBeGreaterThan(40);
    for (const expr of expressions) expectKnown(expr);
  });

  test("panels have unique ids and do not overlap", () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  test("every metric of ours is on the dashboard or in an alert", () => {
    const used = [...expressions, ...rules.map(({ expr }) => expr)].join("\n");
    const ours = [...page.types.keys()].filter((name) => name.startsWith("skyriff_"));
    expect(ours.filter((name) => !used.includes(name))).toEqual([]);
  });
});

test("docs/operations.md lists exactly our metrics, with their types and labels", () => {
  const rows = read("docs/operations.md")
    .split("\n")
    .filter((line) => line.startsWith("| `skyriff_"))
    .map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", "")));
  const documented = rows.map(([, name, type = ""]) => `${name} ${type.split(" ")[0]}`).sort();
  const real = [...page.types]
    .filter(([name]) => name.startsWith("skyriff_"))
    .map(([name, type]) => `${name} ${type}`)
    .sort();
  expect(documented).toEqual(real);
  for (const [, name = "", , labels] of rows) {
    expect(labels, name).toBe(labelsByMetric.get(name)?.join(", "));
  }
});

test("an expression that Prometheus cannot parse is detected", () => {
  expect(() => readPromql("sum(rate(skyriff_open_sockets[5m])")).toThrow("no PromQL");
  expect(readPromql("max by (queue) (a{b='c'}) > 1")).toEqual({ metrics: ["a"], labels: ["queue", "b"] });
});
