import { openKeyring } from "../app/secrets.js";
import { mediaFileOwners } from "../modules/media/index.js";
import { videoFileOwners } from "../modules/videos/index.js";
import { systemClock } from "../platform/base/clock.js";
import { newUuid } from "../platform/ids/ids.js";
import { createStorage } from "../platform/storage/create-storage.js";
import { type FileProblem, findDamagedFiles, findUnownedFiles } from "../platform/storage/file-audit.js";
import { MediaLinks } from "../platform/storage/media-links.js";
import type { Storage } from "../platform/storage/storage.js";
import { isStorageKey } from "../platform/storage/storage.js";
import type { CommandTools } from "./with-database.js";

const allOwners = [videoFileOwners, mediaFileOwners];
/** A younger one stays, so that a mistake of ours can be noticed first. */
const strayAgeMs = 24 * 60 * 60 * 1000;

/** Storage against rows, both ways. `bytes`: checksums too. */
export async function* auditFiles(tools: CommandTools, how: { bytes: boolean }): AsyncGenerator<FileProblem> {
  const storage = await openStorageOf(tools);
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
  /** `foreign`: its name is none of ours, so an operator must look at it. */
  fate: "removed" | "younger-than-a-day" | "foreign";
}

/** Removes files that no row names and that are older than a day. */
export async function* tidyFiles(tools: CommandTools): AsyncGenerator<Stray> {
  const storage = await openStorageOf(tools);
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

function openStorageOf({ config, logger }: CommandTools): Promise<Storage> {
  const keyring = openKeyring(config.AUTH_SECRET, config.DATA_DIR);
  const links = new MediaLinks(keyring, () => config.PUBLIC_URL ?? "http://localhost");
  return createStorage(config.storage, { links, clock: systemClock, logger });
}
