import { mediaFileOwners } from "../modules/media/index.js";
import { videoFileOwners } from "../modules/videos/index.js";
import { workFileOwners } from "../modules/works/index.js";
import { newUuid } from "../platform/ids/ids.js";
import { type FileProblem, findDamagedFiles, findUnownedFiles } from "../platform/storage/file-audit.js";
import type { Storage } from "../platform/storage/storage.js";
import { isStorageKey } from "../platform/storage/storage.js";
import { openStorage } from "./open-storage.js";
import type { CommandTools } from "./with-database.js";

const allOwners = [videoFileOwners, mediaFileOwners, workFileOwners];
/** Younger files stay, so that a mistake can be noticed before they are deleted. */
const strayAgeMs = 24 * 60 * 60 * 1000;

/** Compares the stored files with the rows that name them, in both directions. `bytes`: checksums too. */
export async function* auditFiles(tools: CommandTools, how: { bytes: boolean }): AsyncGenerator<FileProblem> {
  const storage = await openStorage(tools);
  for (const owners of allOwners) yield* findDamagedFiles(tools.db, storage, owners, how);
  for (const owners of allOwners) {
    for await (const { key, byteSize, modifiedAt } of findUnownedFiles(tools.db, storage, owners)) {
      const detail = `${key} (${byteSize} bytes, written at ${modifiedAt.toISOString()}) is named by none`;
      yield { invariant: "every file is named by a row", detail };
    }
  }
}

export interface Stray {
  key: string;
  /** `foreign`: this server does not write such names, so an operator must look at it. */
  fate: "removed" | "younger-than-a-day" | "foreign";
}

/** Removes files that no row names and that are older than a day. */
export async function* tidyFiles(tools: CommandTools): AsyncGenerator<Stray> {
  const storage = await openStorage(tools);
  const nowMs = await timeOf(storage);
  for (const owners of allOwners) {
    for await (const { key, modifiedAt } of findUnownedFiles(tools.db, storage, owners)) {
      if (!isStorageKey(key)) yield { key, fate: "foreign" };
      else if (nowMs - modifiedAt.getTime() < strayAgeMs) yield { key, fate: "younger-than-a-day" };
      else {
        await storage.delete(key);
        yield { key, fate: "removed" };
      }
    }
  }
}

/** By the clock that dates the files, the storage's own. This machine's clock may be wrong. */
async function timeOf(storage: Storage): Promise<number> {
  const key = `clock/${newUuid()}`;
  await storage.put(key, Buffer.from("the time of this file is read"), { contentType: "text/plain" });
  try {
    return (await storage.stat(key))?.modifiedAt.getTime() ?? 0;
  } finally {
    await storage.delete(key);
  }
}
