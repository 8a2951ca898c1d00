import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import postgres from "postgres";

const databaseName = "skyriff";
export const userName = "skyriff";

/** The URL of the running PostgreSQL in this data directory, or null if it is not running or unreachable. */
export async function findEmbeddedPostgresUrl(dataDir: string): Promise<string | null> {
  const home = join(resolve(dataDir), "postgres");
  const lockFile = readIfExists(join(home, "cluster", "postmaster.pid"));
  const password = readIfExists(join(home, "password"))?.trim();
  const port = lockFile?.split("\n")[3]?.trim();
  if (!password || !port) return null;
  const url = `postgres://${userName}:${password}@127.0.0.1:${port}/${databaseName}`;
  return (await canConnect(url)) ? url : null;
}

export async function createDatabase(url: string): Promise<void> {
  const admin = connectToPostgresDatabase(url);
  try {
    const found = await admin`select 1 from pg_database where datname = ${databaseName}`;
    if (found.length === 0) await admin.unsafe(`create database ${databaseName}`);
  } finally {
    await admin.end();
  }
}

async function canConnect(url: string): Promise<boolean> {
  const client = connectToPostgresDatabase(url);
  try {
    await client`select 1`;
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
}

/** The `postgres` database exists from the start, unlike our own. */
function connectToPostgresDatabase(url: string): postgres.Sql {
  return postgres(url.replace(/\/[^/]+$/, "/postgres"), {
    max: 1,
    fetch_types: false,
    connect_timeout: 3,
    onnotice: () => {},
  });
}

export function readIfExists(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
