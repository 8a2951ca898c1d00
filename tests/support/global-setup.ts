import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { migrateDatabase } from "../../src/platform/db/migrations.js";
import { startEmbeddedPostgres } from "../../src/platform/embedded-postgres/embedded-postgres.js";

declare module "vitest" {
  interface ProvidedContext {
    adminUrl: string;
  }
}

/** One real PostgreSQL for the whole run, with a migrated template that every test file clones. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = mkdtempSync(join(tmpdir(), "skyriff-tests-"));
  const cluster = await startEmbeddedPostgres(dir);
  const admin = postgres(cluster.url, { max: 1, onnotice: () => {} });
  // The tests' data dies with the run, so nothing is gained by waiting for the disk.
  for (const setting of ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]) {
    await admin.unsafe(`alter system set ${setting}`);
  }
  await admin.unsafe("select pg_reload_conf()");
  await admin.unsafe("create database template_skyriff");
  await migrateDatabase(withDatabase(cluster.url, "template_skyriff"));
  await admin.end();
  project.provide("adminUrl", cluster.url);
  return async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  };
}

function withDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${name}` }).toString();
}
