import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import type { ServerResponse } from "node:http";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FileUpload } from "graphql-upload-minimal";
import type { TempDirs } from "../../platform/files/temp-dirs.js";
import { BadRequest } from "../api.errors.js";
import type { ApiLimits } from "../limits.js";
import { FileReadTwice, FilesTooLarge } from "./uploads.errors.js";

interface SpoolOptions {
  tempDirs: TempDirs;
  /** When it closes, the files are removed. */
  response: ServerResponse;
  limits: ApiLimits;
}

/**
 * Holds the files of a request with several files on disk until it is answered. An operation may read them
 * in another order than they arrive in, or skip one, and an unread part blocks the parts after it.
 */
export class UploadSpool {
  private readonly closed = new AbortController();
  private readonly saves: Promise<string>[] = [];
  private folder: Promise<string> | null = null;
  private files = 0;
  private bytes = 0;

  constructor(private readonly options: SpoolOptions) {
    options.response.once("close", () => this.closed.abort());
    if (options.response.closed) this.closed.abort();
  }

  /** Resolves once the whole file has arrived. Throws FilesTooLarge, or the error of its stream. */
  async save(file: FileUpload): Promise<FileUpload> {
    const saving = this.write(file);
    this.saves.push(saving);
    const path = await saving;
    let wasRead = false;
    const open = () => {
      if (wasRead) throw new FileReadTwice();
      // The client has disconnected: the files are removed, and the answer will not be read.
      if (this.closed.signal.aborted) throw new BadRequest();
      wasRead = true;
      return createReadStream(path);
    };
    return { ...file, createReadStream: open as unknown as FileUpload["createReadStream"] };
  }

  private async write(file: FileUpload): Promise<string> {
    this.files += 1;
    const name = String(this.files);
    const path = join(await this.openFolder(), name);
    const source = file.createReadStream() as unknown as Readable;
    const { signal } = this.closed;
    await pipeline(source, this.counter(), createWriteStream(path, { mode: 0o600 }), { signal });
    return path;
  }

  /** Fails if all files together are too large. */
  private counter(): Transform {
    const { limits } = this.options;
    return new Transform({
      transform: (chunk: Buffer, _encoding, pass) => {
        this.bytes += chunk.length;
        pass(this.bytes > limits.uploadsBytesMax ? new FilesTooLarge(limits) : null, chunk);
      },
    });
  }

  private openFolder(): Promise<string> {
    this.folder ??= new Promise((resolve, reject) => {
      const untilAnswered = async (folder: string) => {
        resolve(folder);
        if (!this.closed.signal.aborted) await once(this.closed.signal, "abort");
        await Promise.allSettled(this.saves);
      };
      this.options.tempDirs.withDir(untilAnswered).catch(reject);
    });
    return this.folder;
  }
}
