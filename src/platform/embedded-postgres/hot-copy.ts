import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { copyDir, keepOwner } from "./copy-dir.js";

/** What belongs to the running server alone: as pg_basebackup leaves it out. */
const rules = {
  leftOut: new Set(["postmaster.pid", "postmaster.opts", "pg_internal.init", "current_logfiles"]),
  leftEmpty: new Set([
    ...["pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial"],
    ...["pg_snapshots", "pg_stat_tmp", "pg_subtrans", "pg_wal", "pgsql_tmp"],
  ]),
};

/**
 * Copies the files of a running PostgreSQL on this machine into a new folder, such that a server
 * started there comes up with everything that was committed before this ended (PostgreSQL manual,
 * "Making a Base Backup Using the Low Level API").
 */
export async function hotCopy(url: string, to: string): Promise<void> {
  const session = postgres(url, {
    max: 1,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
  });
  try {
    const [source] = await session<{ at: string }[]>`select current_setting('data_directory') as at`;
    const from = source?.at ?? "";
    // For as long as this session lasts, the log that is written meanwhile is kept.
    await session`select pg_create_physical_replication_slot('backup_' || pg_backend_pid(), true, true)`;
    await session`select pg_backup_start('skyriff', true)`;
    copyDir(from, to, rules);
    const [backup] = await session<{ label: string; tablespaces: string }[]>`
      select labelfile as label, spcmapfile as tablespaces from pg_backup_stop(false)`;
    if (!backup || backup.tablespaces) throw new Error("a database with tablespaces is not copied by this");
    copyDir(join(from, "pg_wal"), join(to, "pg_wal"));
    const label = join(to, "backup_label");
    writeFileSync(label, backup.label, { mode: 0o600, flush: true });
    keepOwner(from, label);
    assertWhole(to, backup.label);
  } finally {
    await session.end();
  }
}

function assertWhole(copy: string, label: string): void {
  const first = /START WAL LOCATION: .*\(file ([0-9A-F]{24})\)/.exec(label)?.[1];
  if (!first || !existsSync(join(copy, "pg_wal", first))) throw new Error("the copy lacks its log");
}
