import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import { connectDatabase, type Database } from "../../src/platform/db/index.js";
import { Seed } from "./seed.js";

export interface TestDatabase {
  url: string;
  database: Database;
  seed: Seed;
  drop(): Promise<void>;
}

/** A new database for one test file: a clone of the template, or empty. */
export async function freshDatabase(options: { empty?: boolean } = {}): Promise<TestDatabase> {
  const adminUrl = inject("adminUrl");
  const name = `test_${randomBytes(8).toString("hex")}`;
  await asAdmin(
    adminUrl,
    `create database ${name} template ${options.empty ? "template0" : "template_skyriff"}`,
  );
  const url = Object.assign(new URL(adminUrl), { pathname: `/${name}` }).toString();
  const database = connectDatabase({ url, poolSize: 20, acquireTimeoutMs: 60_000, applicationName: "tests" });
  return {
    url,
    database,
    seed: new Seed(database.db),
    drop: async () => {
      await database.close();
      await asAdmin(adminUrl, `drop database if exists ${name} with (force)`);
    },
  };
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const admin = postgres(url, { max: 1, onnotice: () => {} });
  try {
    await admin.unsafe(statement);
  } finally {
    await admin.end();
  }
}
