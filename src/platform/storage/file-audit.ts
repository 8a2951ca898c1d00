import type { Db, Queryable } from "../db/index.js";
import { isUuid } from "../ids/ids.js";
import { factsOfStream } from "./file-facts.js";
import { type ListedFile, type Storage, StoredFileMissing } from "./storage.js";
import { isStorageKey } from "./storage-key.js";

/** A file that a row names. Size and checksum are null where the row does not have them. */
export interface NamedFile {
  key: string;
  /** The row, for operators: "video 01980c1e-…". */
  owner: string;
  byteSize: number | null;
  sha256: string | null;
}

/** The rows that name the files in one folder of the storage: `<folder>/<id>/…/<file name>`. */
export interface FileOwners {
  readonly folder: string;
  /** The files of a few rows, in the order of their ids. `last`: the last row's id, null after the last page. */
  page(db: Queryable, afterId: string | null): Promise<{ files: NamedFile[]; last: string | null }>;
  /** The files that the rows with these ids name now. */
  named(db: Queryable, ids: readonly string[]): Promise<NamedFile[]>;
  /** Of these paths below the folder, those that are being written, or whose deletion is queued. */
  unsettled(db: Queryable, paths: readonly string[]): Promise<Set<string>>;
}

export interface FileProblem {
  invariant: string;
  detail: string;
}

const checkedAtOnce = 8;
const listedAtOnce = 500;

/** Every file that a row names, against the storage. `bytes`: checksums too, which reads every file. */
export async function* damagedFiles(
  db: Db,
  storage: Storage,
  owners: FileOwners,
  { bytes }: { bytes: boolean },
): AsyncGenerator<FileProblem> {
  let last: string | null = null;
  do {
    const page: Awaited<ReturnType<FileOwners["page"]>> = await owners.page(db, last);
    for (let at = 0; at < page.files.length; at += checkedAtOnce) {
      const files = page.files.slice(at, at + checkedAtOnce);
      const problems = await Promise.all(files.map((file) => problemOf(storage, file, bytes)));
      yield* await existingFiles(db, owners, files, problems);
    }
    last = page.last;
  } while (last !== null);
}

/** A file may have been deleted with its row after the row was read: then there is no problem. */
async function existingFiles(
  db: Db,
  owners: FileOwners,
  files: readonly NamedFile[],
  problems: readonly (FileProblem | null)[],
): Promise<FileProblem[]> {
  const suspects = files.filter((_, n) => problems[n]);
  if (suspects.length === 0) return [];
  const named = await owners.named(db, [...new Set(suspects.map(({ key }) => idIn(key)))]);
  const keys = new Set(named.map(({ key }) => key));
  return problems.filter((problem, n) => problem && keys.has(files[n]?.key ?? "")) as FileProblem[];
}

async function problemOf(storage: Storage, file: NamedFile, bytes: boolean): Promise<FileProblem | null> {
  const { key, owner, byteSize, sha256 } = file;
  const problem = (invariant: string, what: string) => ({ invariant, detail: `${owner}: ${key} ${what}` });
  const missing = problem("every file that a row names is there", "is missing");
  const changed = "every file is as it was stored";
  const stored = await storage.stat(key);
  if (!stored) return missing;
  if (stored.byteSize !== byteSize && (byteSize !== null || stored.byteSize === 0))
    return problem(changed, `has ${stored.byteSize} bytes instead of ${byteSize ?? "any"}`);
  if (!bytes || sha256 === null) return null;
  const facts = await readFacts(storage, key);
  if (!facts) return missing;
  return facts.sha256 === sha256
    ? null
    : problem(changed, `has the checksum ${facts.sha256} instead of ${sha256}`);
}

async function readFacts(storage: Storage, key: string) {
  try {
    return await factsOfStream(await storage.open(key));
  } catch (error) {
    if (error instanceof StoredFileMissing) return null;
    throw error;
  }
}

/**
 * The files in the owners' folder that no row names, that nothing is writing, and whose deletion is not
 * queued. Rows are read after the file was listed, all in one snapshot: a file becomes named, or its
 * deletion queued, in the transaction that ends its writing.
 */
export async function* unownedFiles(
  db: Db,
  storage: Storage,
  owners: FileOwners,
): AsyncGenerator<ListedFile> {
  for await (const files of inChunks(storage.list(owners.folder), listedAtOnce)) {
    const explained = await db.transaction(
      async (tx) => {
        const ids = [...new Set(files.map(({ key }) => idIn(key)).filter(isUuid))];
        const named = new Set((await owners.named(tx, ids)).map(({ key }) => key));
        const unsettled = await owners.unsettled(tx, [...new Set(files.map(({ key }) => pathIn(key)))]);
        return (key: string) => named.has(key) || unsettled.has(pathIn(key));
      },
      { isolationLevel: "repeatable read", accessMode: "read only" },
    );
    for (const file of files) if (!explained(file.key) && (await isStillThere(storage, file))) yield file;
  }
}

/** It may have been deleted since it was listed. */
async function isStillThere(storage: Storage, { key }: ListedFile): Promise<boolean> {
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

/** "videos/ID/INGEST/clean.mp4" → "ID". */
function idIn(key: string): string {
  return key.split("/")[1] ?? "";
}

/** "videos/ID/INGEST/clean.mp4" → "ID/INGEST". */
function pathIn(key: string): string {
  return key.split("/").slice(1, -1).join("/");
}
