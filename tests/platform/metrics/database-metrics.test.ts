import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectDatabase } from "../../../src/platform/db/index.js";
import { connectionMetrics } from "../../../src/platform/metrics/connection-metrics.js";
import { DatabaseMetrics, type MetricSource } from "../../../src/platform/metrics/database-metrics.js";
import { MetricsEndpoint } from "../../../src/platform/metrics/metrics-endpoint.js";
import { createLogger } from "../../../src/platform/observability/logger.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { MetricsReading } from "../../support/metrics.js";
import { TcpProxy } from "../../support/tcp-proxy.js";

let testDb: TestDatabase;
const logged: string[] = [];
let logger: Awaited<ReturnType<typeof createLogger>>;
beforeAll(async () => {
  testDb = await freshDatabase();
  const destination = { write: (line: string) => void logged.push(line) };
  logger = await createLogger({ level: "info", pretty: false, destination });
});
afterAll(() => testDb.drop());

/** Its metric is the number of times it was read. */
class CountingSource implements MetricSource {
  reads = 0;
  readonly metrics = [
    { name: "reads", help: "reads of this source", type: "counter" as const, labels: ["by"] },
  ];
  async read() {
    this.reads += 1;
    return [{ name: "reads", labels: { by: "test" }, value: this.reads }];
  }
}

const broken: MetricSource = {
  metrics: [{ name: "broken", help: "always fails", type: "gauge" }],
  read: () => Promise.reject(new Error("this source is broken")),
};

const options = { poolSize: 1, applicationName: "t" };

/** The processes' monotonic clock, which tests advance. */
let nowMs = 1_000;

function server(sources: MetricSource[], { db } = testDb.database) {
  const registry = new Registry();
  const databaseMetrics = new DatabaseMetrics(db, registry, sources, logger, () => nowMs);
  const endpoint = new MetricsEndpoint(registry, databaseMetrics, logger);
  return {
    refresh: () => databaseMetrics.refresh(),
    page: async () => new MetricsReading(await endpoint.text()),
  };
}

test("the database is read at most every 15 s, however often a server is scraped", async () => {
  const source = new CountingSource();
  const { refresh, page } = server([source]);
  await Promise.all([refresh(), refresh(), refresh()]);
  expect(source.reads).toBe(1);
  nowMs += 14_000;
  expect((await page()).value("reads", { by: "test" })).toBe(1);
  nowMs += 1_000;
  await Promise.all([refresh(), refresh()]);
  expect(source.reads).toBe(2);
});

test("a sample that no longer exists disappears", async () => {
  let labels = [{ by: "one" }, { by: "two" }];
  const metrics = [{ name: "seen", help: "labels that exist", type: "gauge" as const, labels: ["by"] }];
  const { refresh, page } = server([
    { metrics, read: async () => labels.map((by) => ({ name: "seen", labels: by, value: 1 })) },
  ]);
  await refresh();
  labels = [{ by: "two" }];
  nowMs += 15_000;
  await refresh();
  const reading = await page();
  expect(reading.value("seen", { by: "one" })).toBeUndefined();
  expect(reading.value("seen", { by: "two" })).toBe(1);
});

test("a source that fails leaves out only its own metrics", async () => {
  const page = await server([broken, new CountingSource()]).page();
  expect(page.value("reads")).toBe(1);
  expect(page.value("broken")).toBe(0);
  expect(logged.join("")).toContain("this source is broken");
});

test("while the database is unavailable, /metrics shows the last values and their age", async () => {
  const proxy = await TcpProxy.inFrontOf(testDb.url);
  const database = connectDatabase({ ...options, url: proxy.through(testDb.url) });
  const { refresh, page } = server([connectionMetrics, new CountingSource()], database);
  await refresh();
  proxy.refuse();
  nowMs += 60_000;
  const reading = await page();
  expect(reading.value("skyriff_figures_age_seconds")).toBe(60);
  expect(reading.value("reads")).toBe(1);
  expect(reading.value("skyriff_database_connections_max")).toBeGreaterThan(0);
  await database.close();
  await proxy.close();
});

test("a server that has never reached the database shows no metrics of it, and their age is its uptime", async () => {
  const unreachable = connectDatabase({ ...options, url: "postgres://skyriff@127.0.0.1:1/none" });
  const { page } = server([connectionMetrics, new CountingSource()], unreachable);
  const reading = await page();
  expect(reading.value("skyriff_figures_age_seconds")).toBeGreaterThan(0);
  expect(reading.value("reads")).toBeUndefined();
  await unreachable.close();
});
