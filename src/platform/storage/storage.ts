import type { Readable } from "node:stream";

export interface StoredFile {
  byteSize: number;
  /** A strong entity tag in quotes (RFC 9110, section 8.8.3): equal tags, equal bytes. */
  etag: string;
  modifiedAt: Date;
}

/** A file in a listing. All files of the folder are listed, so its key may be one that we never write. */
export interface ListedFile {
  key: string;
  byteSize: number;
  modifiedAt: Date;
}

export interface LinkOptions {
  expiresAt: Date;
  /** Makes a browser save the file under this name and not show it. */
  downloadAs?: string;
}

/**
 * Files by key ("videos/<uuid>/<uuid>/clean.mp4"). Keys are made by us alone, never from what a client
 * sends. A write is all or nothing: after a crash there is the whole file or none.
 */
export interface Storage {
  /**
   * Streams the file in; never holds it whole in memory. Replaces what is there. If the body fails,
   * the call rejects with the body's error, and what was there before stays.
   */
  put(key: string, body: Readable | Buffer, options: { contentType: string }): Promise<void>;
  /** Null when there is no such file. */
  stat(key: string): Promise<StoredFile | null>;
  /**
   * Bytes `start` to `end`, both counted, or all. Rejects with StoredFileMissing when there is no
   * such file. The caller reads the stream to its end or destroys it.
   */
  open(key: string, range?: { start: number; end: number }): Promise<Readable>;
  /**
   * All files whose keys begin with `folder` and a slash, in no order. They are read as they are used, so
   * any number of files takes the same memory. Files that come or go meanwhile may be in it or not.
   */
  list(folder: string): AsyncIterable<ListedFile>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** The public, signed address of a file, good until `expiresAt`. */
  linkTo(key: string, options: LinkOptions): Promise<string>;
  /** Where the file lies on this machine, for programs that read files. Absent where it does not. */
  localPath?(key: string): string;
}

/** There is no file under this key. */
export class StoredFileMissing extends Error {
  constructor(key: string) {
    super(`there is no file ${key}`);
    this.name = new.target.name;
  }
}

/** The storage gave no answer, or none that says anything of the file. Trying again later may help. */
export class StorageUnavailable extends Error {
  constructor(cause: unknown) {
    super("the storage does not answer", { cause });
    this.name = new.target.name;
  }
}
