import type { Readable } from "node:stream";

export interface StoredFile {
  byteSize: number;
  /** A strong entity tag in quotes (RFC 9110, section 8.8.3): equal tags mean equal bytes. */
  etag: string;
  modifiedAt: Date;
}

/** A listed file. Its key may have a form that SkyRiff never writes, because listings include foreign files. */
export interface ListedFile {
  key: string;
  byteSize: number;
  modifiedAt: Date;
}

export interface LinkOptions {
  expiresAt: Date;
  /** Makes a browser save the file under this name instead of showing it. */
  downloadAs?: string;
}

/** Keys of a file and of its copy. */
export interface FileCopy {
  from: string;
  to: string;
}

/**
 * Files by key ("area/<uuid>/<uuid>/name.mp4"). Keys are generated, never taken from client input.
 * Writes are atomic: after a crash the whole file exists or nothing does.
 */
export interface Storage {
  /**
   * Streams the body in without buffering it whole, and replaces an existing file. If the body fails, the
   * call rejects with the body's error and the existing file stays.
   */
  put(key: string, body: Readable | Buffer, options: { contentType: string }): Promise<void>;
  /**
   * Files with the same bytes and content types, which live on when the first ones are deleted. Rejects with
   * StoredFileMissing, and then some of the copies may exist.
   */
  copy(copies: readonly FileCopy[]): Promise<void>;
  /** Null if the file does not exist. */
  stat(key: string): Promise<StoredFile | null>;
  /**
   * Bytes `start` to `end`, both inclusive, or the whole file. Rejects with StoredFileMissing if the file
   * does not exist. The caller must read the stream to its end or destroy it.
   */
  open(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /**
   * All files below `folder`, in no order. They are read lazily, so memory use does not depend on their
   * number. Files written or deleted during the listing may or may not be included.
   */
  list(folder: string): AsyncIterable<ListedFile>;
  /** Succeeds if the file does not exist. */
  delete(key: string): Promise<void>;
  /** A public, signed URL that is valid until `expiresAt`. */
  linkTo(key: string, options: LinkOptions): Promise<string>;
  /** The file's path on this machine, for programs that read files. Absent for remote storage. */
  localPath?(key: string): string;
}

export class StoredFileMissing extends Error {
  constructor(key: string) {
    super(`there is no file ${key}`);
    this.name = new.target.name;
  }
}

/** The storage did not respond, or its response says nothing about the file. A retry may succeed. */
export class StorageUnavailable extends Error {
  constructor(cause: unknown) {
    super("the storage does not answer", { cause });
    this.name = new.target.name;
  }
}

const keyPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const keyLengthMax = 300;

/**
 * Every segment of a key starts with a letter or a digit, so no segment is ".", ".." or a hidden file.
 * Keys need no escaping in paths and URLs.
 */
export function isStorageKey(text: string): boolean {
  return text.length <= keyLengthMax && keyPattern.test(text);
}

/** Keys are generated, so an invalid one is a bug. */
export function assertStorageKey(key: string): void {
  if (!isStorageKey(key)) throw new Error(`not a storage key: ${JSON.stringify(key.slice(0, 80))}`);
}
