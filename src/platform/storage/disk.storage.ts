import { randomUUID } from "node:crypto";
import { copyFile, mkdir, open, opendir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Readable } from "node:stream";
import { FSDriver } from "flydrive/drivers/fs";
import { removeStaleFiles } from "../files/remove-stale-files.js";
import { linkDurably, renameDurably } from "./durable-files.js";
import type { MediaLinks } from "./media-links.js";
import {
  assertStorageKey,
  type FileCopy,
  type LinkOptions,
  type ListedFile,
  type Storage,
  type StoredFile,
  StoredFileMissing,
} from "./storage.js";

/** Holds files while they are written. Keys have no leading dot, so none can point here. */
const incoming = ".incoming";
const staleAfterMs = 10 * 60 * 1000;

/** Files on a local disk, or on one that all machines mount. Our own server sends them. */
export class DiskStorage implements Storage {
  private readonly driver: FSDriver;

  private constructor(
    private readonly root: string,
    private readonly links: MediaLinks,
  ) {
    this.driver = new FSDriver({ location: root, visibility: "private" });
  }

  /** Creates the folder and deletes partial files of crashed processes. */
  static async open(root: string, links: MediaLinks): Promise<DiskStorage> {
    const storage = new DiskStorage(resolve(root), links);
    const folder = join(storage.root, incoming);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await removeStaleFiles(folder, staleAfterMs);
    return storage;
  }

  async put(key: string, body: Readable | Buffer): Promise<void> {
    const path = this.localPath(key);
    const temporary = `${incoming}/${randomUUID()}`;
    try {
      if (Buffer.isBuffer(body)) await this.driver.put(temporary, body);
      else await this.driver.putStream(temporary, body);
      await renameDurably(join(this.root, temporary), path);
    } catch (error) {
      await rm(join(this.root, temporary), { force: true });
      throw error;
    }
  }

  /** As second names for the same bytes, which never change. Some file systems have none, and then they are copied. */
  async copy(copies: readonly FileCopy[]): Promise<void> {
    const links = copies.map(({ from, to }) => ({ from: this.localPath(from), to: this.localPath(to) }));
    try {
      await linkDurably(links);
    } catch {
      await Promise.all(copies.map((copy) => this.copyBytes(copy)));
    }
  }

  private async copyBytes({ from, to }: FileCopy): Promise<void> {
    const temporary = join(this.root, incoming, randomUUID());
    try {
      await copyFile(this.localPath(from), temporary);
      await renameDurably(temporary, this.localPath(to));
    } catch (error) {
      await rm(temporary, { force: true });
      throw isMissing(error) ? new StoredFileMissing(from) : error;
    }
  }

  async stat(key: string): Promise<StoredFile | null> {
    assertStorageKey(key);
    try {
      const found = await this.driver.getMetaData(key);
      return {
        byteSize: found.contentLength,
        // Derived from size and time, which is strong enough: files are only replaced whole.
        etag: found.etag.replace(/^W\//, ""),
        modifiedAt: found.lastModified,
      };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async open(key: string, range?: { start: number; end: number }): Promise<Readable> {
    // Opened before the stream is created, so that a missing file rejects here and not in mid-response.
    const handle = await open(this.localPath(key)).catch((error: unknown) => {
      throw isMissing(error) ? new StoredFileMissing(key) : error;
    });
    return handle.createReadStream({ ...range, highWaterMark: 256 * 1024 });
  }

  list(folder: string): AsyncIterable<ListedFile> {
    assertStorageKey(folder);
    return filesBelow(this.root, folder);
  }

  async delete(key: string): Promise<void> {
    assertStorageKey(key);
    await this.driver.delete(key);
  }

  async linkTo(key: string, options: LinkOptions): Promise<string> {
    return this.links.sign(key, options);
  }

  localPath(key: string): string {
    assertStorageKey(key);
    return join(this.root, key);
  }
}

/** Reads each folder a few entries at a time. */
async function* filesBelow(root: string, folder: string): AsyncGenerator<ListedFile> {
  const entries = await opendir(join(root, folder)).catch(nullIfMissing);
  if (!entries) return;
  for await (const entry of entries) {
    const key = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* filesBelow(root, key);
    if (!entry.isFile()) continue;
    const found = await stat(join(root, key)).catch(nullIfMissing);
    if (found) yield { key, byteSize: found.size, modifiedAt: found.mtime };
  }
}

function nullIfMissing(error: unknown): null {
  if (isMissing(error)) return null;
  throw error;
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "ENOENT" || code === "ENOTDIR";
}
