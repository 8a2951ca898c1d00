import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import postgres from "postgres";
import { copyDir, copyOwner } from "./copy-dir.js";

/** The same exclusions as pg_basebackup: files of the running server. */
const copyOptions = {
  exclude: new Set(["postmaster.pid", "postmaster.opts", "pg_internal.init", "current_logfiles"]),
  excludeContents: new Set([
    ...["pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial"],
    ...["pg_snapshots", "pg_stat_tmp", "pg_subtrans", "pg_wal", "pgsql_tmp"],
  ]),
};

/**
 * Copies the files of a running PostgreSQL on this machine to a new folder. A server started there has
 * everything that was committed before this call resolved (PostgreSQL manual, "Making a Base Backup Using
 * the Low Level API").
 */
export async function takeBaseBackup(url: string, to: string): Promise<void> {
  const session = postgres(url, {
    max: 1,
    fetch_types: false,
    idle_timeout: 0,
    max_lifetime: null,
    onnotice: () => {},
  });
  try {
    const [source] = await session<{ path: string }[]>`select current_setting('data_directory') as path`;
    const from = source?.path ?? "";
    // A temporary slot, dropped with this session: until then PostgreSQL keeps the write-ahead log.
    await session`select pg_create_physical_replication_slot('backup_' || pg_backend_pid(), true, true)`;
    await session`select pg_backup_start('skyriff', true)`;
    copyDir(from, to, copyOptions);
    const [backup] = await session<{ label: string; tablespaces: string }[]>`
      select labelfile as label, spcmapfile as tablespaces from pg_backup_stop(false)`;
    if (!backup || backup.tablespaces) throw new Error("databases with tablespaces cannot be copied");
    copyDir(join(from, "pg_wal"), join(to, "pg_wal"));
    const label = join(to, "backup_label");
    writeFileSync(label, backup.label, { mode: 0o600, flush: true });
    copyOwner(from, label);
    assertComplete(to, backup.label);
  } finally {
    await session.end();
  }
}

function assertComplete(copy: string, label: string): void {
  const firstLogFile = /START WAL LOCATION: .*\(file ([0-9A-F]{24})\)/.exec(label)?.[1];
  if (!firstLogFile || !existsSync(join(copy, "pg_wal", firstLogFile)))
    throw new Error("the copy lacks the write-ahead log it needs to start");
}
