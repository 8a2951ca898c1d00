import { createHash } from "node:crypto";
import { type Readable, Transform } from "node:stream";

/** Size and checksum of a stored file. Files never change, so neither does their digest. */
export interface FileDigest {
  byteSize: number;
  /** Hex. */
  sha256: string;
}

/** By file name. */
export type FileDigests = Record<string, FileDigest>;

export function digestBytes(bytes: Buffer): FileDigest {
  return { byteSize: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Reads the stream to its end without buffering it. */
export async function digestStream(body: Readable): Promise<FileDigest> {
  const hash = createHash("sha256");
  let byteSize = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    hash.update(chunk);
    byteSize += chunk.length;
  }
  return { byteSize, sha256: hash.digest("hex") };
}

/** Passes bytes through and digests them. */
export class DigestStream extends Transform {
  private readonly hash = createHash("sha256");
  private byteSize = 0;

  /** Once, after the stream has ended. */
  get result(): FileDigest {
    return { byteSize: this.byteSize, sha256: this.hash.digest("hex") };
  }

  override _transform(
    chunk: Buffer,
    _encoding: string,
    done: (error: Error | null, out?: Buffer) => void,
  ): void {
    this.byteSize += chunk.length;
    this.hash.update(chunk);
    done(null, chunk);
  }
}
