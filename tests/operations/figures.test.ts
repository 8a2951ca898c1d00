import { sql } from "drizzle-orm";
import { Registry } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectDatabase } from "../../src/platform/db.js";
import { type FigureSource, SharedFigures } from "../../src/platform/figures.js";
import { createLogger } from "../../src/platform/logger.js";
import { MetricsPage } from "../../src/platform/metrics-page.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { MetricsReading } from "../support/metrics.js";

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
class CountingSource implements FigureSource {
  reads = 0;
  readonly figures = [
    { name: "reads", help: "how often this was read", type: "counter" as const, labels: ["by"] },
  ];
  async read() {
    this.reads += 1;
    return [{ name: "reads", labels: { by: "test" }, value: this.reads }];
  }
}

const broken: FigureSource = {
  figures: [{ name: "broken", help: "never comes", type: "gauge" }],
  read: () => Promise.reject(new Error("this source is broken")),
};

function server(source: FigureSource, { db } = testDb.database) {
  const registry = new Registry();
  const figures = new SharedFigures(db, registry, [broken, source], logger);
  const page = new MetricsPage(registry, figures, logger);
  return { refresh: () => figures.refresh(), page: async () => new MetricsReading(await page.text()) };
}

const letTimePass = (seconds: number) =>
  testDb.database.db.execute(sql`
    update operator_figures set claimed_at = claimed_at - ${seconds} * interval '1 second',
      taken_at = taken_at - ${seconds} * interval '1 second'`);

test("of many servers that are scraped at once, one reads the database, and all show what it read", async () => {
  const source = new CountingSource();
  const servers = Array.from({ length: 4 }, () => server(source));
  await Promise.all(servers.flatMap(({ refresh }) => [refresh(), refresh()]));
  expect(source.reads).toBe(1);
  for (const { page } of servers) expect((await page()).value("reads", { by: "test" })).toBe(1);
  expect(source.reads).toBe(1);

  await letTimePass(14);
  await Promise.all(servers.map(({ refresh }) => refresh()));
  expect(source.reads).toBe(1);
  await letTimePass(2);
  await Promise.all(servers.map(({ refresh }) => refresh()));
  expect(source.reads).toBe(2);
});

test("a source that fails costs its own figures and no others", async () => {
  const page = await server(new CountingSource()).page();
  expect(page.value("reads")).toBe(2);
  expect(logged.join("")).toContain("this source is broken");
});

test("a server that died while it read is followed by another fifteen seconds later", async () => {
  const { db } = testDb.database;
  // It has claimed the turn, and nothing came of it.
  await db.execute(sql`update operator_figures set claimed_at = clock_timestamp()`);
  const source = new CountingSource();
  const other = server(source);
  await other.refresh();
  expect(source.reads).toBe(0);
  await letTimePass(15);
  await other.refresh();
  expect(source.reads).toBe(1);
});

test("with the database away the page still comes, with the last figures and how old they are", async () => {
  const away = connectDatabase({
    url: "postgres://nobody@127.0.0.1:1/none",
    poolSize: 1,
    applicationName: "t",
  });
  const { page } = server(new CountingSource(), away);
  const reading = await page();
  expect(reading.value("skyriff_figures_age_seconds")).toBeGreaterThan(0);
  expect(reading.value("reads")).toBeUndefined();
  await away.close();
});
