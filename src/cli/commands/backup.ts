import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { Command } from "commander";
import { type Config, processConfig } from "../../app/config.js";
import { createDatabase } from "../../app/create-database.js";
import { loggerFor } from "../../app/run-server.js";
import { Shutdown } from "../../app/shutdown.js";
import { takeBaseBackup } from "../../platform/embedded-postgres/base-backup.js";
import { copyDir } from "../../platform/embedded-postgres/copy-dir.js";
import { CommandFailed } from "../fail.js";

/** Folders that are not copied as files: the database has a copy of its own, the others belong to a running process. */
const theRest = {
  exclude: new Set(["postgres", "owner.lock", "owner.lock-journal"]),
  excludeContents: new Set(["tmp", ".incoming"]),
};

export function backupCommand(): Command {
  return new Command("backup")
    .description("Copies DATA_DIR with its embedded database, beside a running server too.")
    .argument("<folder>", "a new folder; to restore, start a server with DATA_DIR set to it or to a copy")
    .action(backup);
}

async function backup(folder: string): Promise<void> {
  const config = processConfig({ LOG_LEVEL: "warn" });
  if (config.DATABASE_URL)
    throw new CommandFailed(
      "DATABASE_URL is set: its database is backed up with pg_dump. See docs/backup.md.",
    );
  const to = resolve(folder);
  if (existsSync(to) && readdirSync(to).length > 0) throw new CommandFailed(`${to} is there and not empty.`);
  const closers = new Shutdown(await loggerFor(config));
  try {
    const { url } = await createDatabase(config, "join", closers);
    await copyAll(config, url, to);
  } finally {
    await closers.close();
  }
  process.stdout.write(`The backup is in ${to}.\n`);
  if (!hasFilesInside(config))
    process.stdout.write("The files are elsewhere (STORAGE_URL): copy them now, after the database.\n");
}

/** The database first: a file is always older than the row that names it, so the files cover the rows. */
async function copyAll({ DATA_DIR }: Config, url: string, to: string): Promise<void> {
  const home = join(to, "postgres");
  mkdirSync(home, { recursive: true, mode: 0o755 });
  await takeBaseBackup(url, join(home, "cluster"));
  cpSync(join(DATA_DIR, "postgres", "password"), join(home, "password"));
  copyDir(DATA_DIR, to, theRest);
}

function hasFilesInside({ storage, DATA_DIR }: Config): boolean {
  return storage.kind === "disk" && resolve(storage.folder).startsWith(resolve(DATA_DIR) + sep);
}
