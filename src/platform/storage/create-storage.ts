import type { Logger } from "pino";
import type { Clock } from "../base/clock.js";
import { DiskStorage } from "./disk.storage.js";
import type { MediaLinks } from "./media-links.js";
import type { StorageLocation } from "./storage.config.js";
import type { Storage } from "./storage.js";

interface StorageDeps {
  /** Signs links to files on disk. Links to a bucket are signed with the bucket's key. */
  links: MediaLinks;
  clock: Clock;
  logger: Logger;
}

/** Rejects with UnusableBucketError if the settings do not fit the bucket. */
export async function createStorage(
  location: StorageLocation,
  { links, clock, logger }: StorageDeps,
): Promise<Storage> {
  if (location.kind === "disk") return DiskStorage.open(location.folder, links);
  // Loaded on demand: the SDK takes a third of a second.
  const { S3Storage } = await import("./s3.storage.js");
  return S3Storage.open(location, clock, logger);
}
