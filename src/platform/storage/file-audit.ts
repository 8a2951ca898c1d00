import type { Db, Queryable } from "../db/index.js";
import { isUuid } from "../ids/ids.js";
import { digestStream } from "./file-digest.js";
import { isStorageKey, type ListedFile, type Storage, StoredFileMissing } from "./storage.js";

/** A file that a row references. Size and checksum are null if the row does not store them. */
export interface ReferencedFile {
  key: string;
  /** The row, for operators: "image 01980c1e-…". */
  owner: string;
  byteSize: number | null;
  sha256: string | null;
}

/** The rows that own the files in one folder of the storage: `<folder>/<row id>/…/<file name>`. */
export interface FileOwners {
  readonly folder: string;
  /** The files of the next rows by id. `last` is the last row's id, or null on the last page. */
  readPage(db: Queryable, afterId: string | null): Promise<{ files: ReferencedFile[]; last: string | null }>;
  /** The files that these rows reference now. */
  findFiles(db: Queryable, ids: readonly string[]): Promise<ReferencedFile[]>;
  /** The subset of these folder paths whose files are being written or queued for deletion. */
  pendingPaths(db: Queryable, paths: readonly string[]): Promise<Set<string>>;
}

export interface FileProblem {
  invariant: string;
  detail: string;
}

const checkConcurrency = 8;
const listBatchSize = 500;

/** Compares every referenced file with the storage. With `bytes` also its checksum, which reads every file. */
export async function* findDamagedFiles(
  db: Db,
  storage: Storage,
  owners: FileOwners,
  { bytes }: { bytes: boolean },
): AsyncGenerator<FileProblem> {
  let last: string | null = null;
  do {
    const page: Awaited<ReturnType<FileOwners["readPage"]>> = await owners.readPage(db, last);
    for (let at = 0; at < page.files.length; at += checkConcurrency) {
      const files = page.files.slice(at, at + checkConcurrency);
      const problems = await Promise.all(files.map((file) => checkFile(storage, file, bytes)));
      yield* await confirmProblems(db, owners, files, problems);
    }
    last = page.last;
  } while (last !== null);
}

/** Drops problems of files whose rows were deleted meanwhile. */
async function confirmProblems(
  db: Db,
  owners: FileOwners,
  checked: readonly ReferencedFile[],
  problems: readonly (FileProblem | null)[],
): Promise<FileProblem[]> {
  const suspects = checked.filter((_, n) => problems[n]);
  if (suspects.length === 0) return [];
  const files = await owners.findFiles(db, [...new Set(suspects.map(({ key }) => ownerIdOf(key)))]);
  const keys = new Set(files.map(({ key }) => key));
  return problems.filter((problem, n) => problem && keys.has(checked[n]?.key ?? "")) as FileProblem[];
}

async function checkFile(
  storage: Storage,
  file: ReferencedFile,
  bytes: boolean,
): Promise<FileProblem | null> {
  const { key, owner, byteSize, sha256 } = file;
  const problem = (invariant: string, finding: string) => ({
    invariant,
    detail: `${owner}: ${key} ${finding}`,
  });
  const missing = problem("every file that a row names is there", "is missing");
  const changed = "every file is as it was stored";
  const stored = await storage.stat(key);
  if (!stored) return missing;
  if (stored.byteSize !== byteSize && (byteSize !== null || stored.byteSize === 0))
    return problem(changed, `has ${stored.byteSize} bytes instead of ${byteSize ?? "any"}`);
  if (!bytes || sha256 === null) return null;
  const digest = await readDigest(storage, key);
  if (!digest) return missing;
  return digest.sha256 === sha256
    ? null
    : problem(changed, `has the checksum ${digest.sha256} instead of ${sha256}`);
}

async function readDigest(storage: Storage, key: string) {
  try {
    return await digestStream(await storage.open(key));
  } catch (error) {
    if (error instanceof StoredFileMissing) return null;
    throw error;
  }
}

/**
 * Lists the files in the owners' folder that no row references, no process writes and no job will delete.
 * Rows are read after the files were listed, in one snapshot. This is safe because the transaction that
 * ends a write also references the file or queues its deletion.
 */
export async function* findUnownedFiles(
  db: Db,
  storage: Storage,
  owners: FileOwners,
): AsyncGenerator<ListedFile> {
  for await (const files of inChunks(storage.list(owners.folder), listBatchSize)) {
    const isOwned = await db.transaction(
      async (tx) => {
        const ids = [...new Set(files.map(({ key }) => ownerIdOf(key)).filter(isUuid))];
        const referenced = new Set((await owners.findFiles(tx, ids)).map(({ key }) => key));
        const pending = await owners.pendingPaths(tx, [
          ...new Set(files.map(({ key }) => folderPathOf(key))),
        ]);
        return (key: string) => referenced.has(key) || pending.has(folderPathOf(key));
      },
      { isolationLevel: "repeatable read", accessMode: "read only" },
    );
    for (const file of files) if (!isOwned(file.key) && (await stillExists(storage, file))) yield file;
  }
}

async function stillExists(storage: Storage, { key }: ListedFile): Promise<boolean> {
  return !isStorageKey(key) || (await storage.stat(key)) !== null;
}

async function* inChunks<T>(all: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const one of all) {
    chunk.push(one);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

/** "area/ID/VERSION/name.mp4" → "ID". */
function ownerIdOf(key: string): string {
  return key.split("/")[1] ?? "";
}

/** "area/ID/VERSION/name.mp4" → "ID/VERSION". */
function folderPathOf(key: string): string {
  return key.split("/").slice(1, -1).join("/");
}
