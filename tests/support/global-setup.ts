import "reflect-metadata";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { moduleQueues } from "../../src/app/modules.js";
import { connectDatabase } from "../../src/platform/db/index.js";
import { migrateDatabase } from "../../src/platform/db/migrations.js";
import { startEmbeddedPostgres } from "../../src/platform/embedded-postgres/embedded-postgres.js";
import { createBus } from "../../src/platform/events/create-bus.js";
import { BossJobs } from "../../src/platform/jobs/boss.js";

declare module "vitest" {
  interface ProvidedContext {
    adminUrl: string;
    /** The sandbox vendors of all tests draw their films here, so each film is drawn once. */
    filmsFolder: string;
  }
}

/** One PostgreSQL for the whole run. Test files clone its template, which holds all tables and job queues. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), "skyriff-tests-"));
  const filmsFolder = mkdtempSync(join(tmpdir(), "skyriff-test-films-"));
  const cluster = await startEmbeddedPostgres(dir);
  const admin = postgres(cluster.url, { max: 1, onnotice: () => {} });
  // The tests' data dies with the run, so nothing is gained by waiting for the disk.
  for (const setting of ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]) {
    await admin.unsafe(`alter system set ${setting}`);
  }
  await admin.unsafe("select pg_reload_conf()");
  await admin.unsafe("create database template_skyriff");
  await admin.end();
  await prepareTemplate(withDatabase(cluster.url, "template_skyriff"));
  project.provide("adminUrl", cluster.url);
  project.provide("filmsFolder", filmsFolder);
  return async () => {
    await cluster.stop();
    for (const folder of [dir, filmsFolder]) rmSync(folder, { recursive: true, force: true });
  };
}

/** Does what the first start of a server does to its database. */
async function prepareTemplate(url: string): Promise<void> {
  await migrateDatabase(url);
  const { db, close } = connectDatabase({ url, poolSize: 1, prepare: false, applicationName: "tests" });
  const logger = pino({ level: "silent" });
  const bus = createBus({ directUrl: url, redis: null }, logger);
  const jobs = await BossJobs.start({ db, bus, logger, queues: moduleQueues, supervise: false });
  await jobs.stop();
  await bus.close();
  await close();
}

function withDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).toString();
}
