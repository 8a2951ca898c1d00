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

/** Counts how often it is read; its figure is that count. */
class CountingSource implements MetricSource {
  reads = 0;
  readonly metrics = [
    { name: "reads", help: "how often this was read", type: "counter" as const, labels: ["by"] },
  ];
  async read() {
    this.reads += 1;
    return [{ name: "reads", labels: { by: "test" }, value: this.reads }];
  }
}

const broken: MetricSource = {
  metrics: [{ name: "broken", help: "never comes", type: "gauge" }],
  read: () => Promise.reject(new Error("this source is broken")),
};

const options = { poolSize: 1, applicationName: "t" };

/** The clock of the processes, which tests move on. */
let nowMs = 1_000;

function server(sources: MetricSource[], { db } = testDb.database) {
  const registry = new Registry();
  const figures = new DatabaseMetrics(db, registry, sources, logger, () => nowMs);
  const page = new MetricsEndpoint(registry, figures, logger);
  return { refresh: () => figures.refresh(), page: async () => new MetricsReading(await page.text()) };
}

test("the database is read at most every fifteen seconds, however often a server is scraped", async () => {
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

test("a figure that is gone is shown no more", async () => {
  let labels = [{ by: "one" }, { by: "two" }];
  const figures = [{ name: "seen", help: "what is seen", type: "gauge" as const, labels: ["by"] }];
  const { refresh, page } = server([
    { metrics: figures, read: async () => labels.map((by) => ({ name: "seen", labels: by, value: 1 })) },
  ]);
  await refresh();
  labels = [{ by: "two" }];
  nowMs += 15_000;
  await refresh();
  const reading = await page();
  expect(reading.value("seen", { by: "one" })).toBeUndefined();
  expect(reading.value("seen", { by: "two" })).toBe(1);
});

test("a source that fails costs its own figures and no others", async () => {
  const page = await server([broken, new CountingSource()]).page();
  expect(page.value("reads")).toBe(1);
  expect(page.value("broken")).toBe(0);
  expect(logged.join("")).toContain("this source is broken");
});

test("while the database is away the page still comes, with the last figures and how old they are", async () => {
  const proxy = await TcpProxy.before(testDb.url);
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

test("a server that has never reached the database shows no figures of it, and how long it has been up", async () => {
  const away = connectDatabase({ ...options, url: "postgres://nobody@127.0.0.1:1/none" });
  const { page } = server([connectionMetrics, new CountingSource()], away);
  const reading = await page();
  expect(reading.value("skyriff_figures_age_seconds")).toBeGreaterThan(0);
  expect(reading.value("reads")).toBeUndefined();
  await away.close();
});
