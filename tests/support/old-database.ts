import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import postgres from "postgres";
import { freshDatabase, type TestDatabase } from "./database.js";

const shipped = "schema/migrations";

/** A database without the migration of this name and later ones. */
export async function databaseBefore(migration: string): Promise<TestDatabase> {
  const old = await freshDatabase({ empty: true });
  const folder = mkdtempSync(join(tmpdir(), "skyriff-migrations-"));
  const client = postgres(old.url, { max: 1, onnotice: () => {} });
  try {
    cpSync(shipped, folder, { recursive: true });
    const journalPath = join(folder, "meta", "_journal.json");
    const journal = JSON.parse(readFileSync(journalPath, "utf8")) as { entries: { tag: string }[] };
    const from = journal.entries.findIndex(({ tag }) => tag.endsWith(`_${migration}`));
    if (from < 0) throw new Error(`there is no migration ${migration}`);
    writeFileSync(journalPath, JSON.stringify({ ...journal, entries: journal.entries.slice(0, from) }));
    await migrate(drizzle(client), { migrationsFolder: folder });
    return old;
  } finally {
    await client.end();
    rmSync(folder, { recursive: true, force: true });
  }
}
