import type { Logger } from "pino";
import type { Clock } from "../base/clock.js";
import { DiskStorage } from "./disk.storage.js";
import type { MediaLinks } from "./media-links.js";
import type { StoragePlace } from "./storage.config.js";
import type { Storage } from "./storage.js";

interface Tools {
  /** Signs the links to files on a disk. A bucket's links are signed with the bucket's key. */
  links: MediaLinks;
  clock: Clock;
  logger: Logger;
}

/** The storage at this place. Rejects with BucketRefused where the settings do not fit the bucket. */
export async function createStorage(place: StoragePlace, { links, clock, logger }: Tools): Promise<Storage> {
  if (place.kind === "disk") return DiskStorage.open(place.folder, links);
  // Loaded when it is used: the SDK takes a third of a second.
  const { S3Storage } = await import("./s3.storage.js");
  return S3Storage.open(place, clock, logger);
}
