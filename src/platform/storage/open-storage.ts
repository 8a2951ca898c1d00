import { fileURLToPath } from "node:url";
import type { Storage } from "../storage.js";
import { DiskStorage } from "./disk.storage.js";
import type { MediaLinks } from "./media-links.js";

/** The storage that STORAGE_URL names: `file:PATH`, relative to the working folder or absolute. */
export async function openStorage(url: string, links: MediaLinks): Promise<Storage> {
  if (!url.startsWith("file:")) throw new Error("STORAGE_URL must be file:PATH");
  const path = url.startsWith("file://") ? fileURLToPath(url) : url.slice("file:".length);
  return DiskStorage.open(path, links);
}
