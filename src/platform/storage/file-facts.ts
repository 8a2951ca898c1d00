import { createHash } from "node:crypto";
import type { Readable } from "node:stream";

/** Size and checksum of a stored file, for as long as it exists. */
export interface FileFact {
  byteSize: number;
  /** Hex. */
  sha256: string;
}

/** By file name. */
export type FileFacts = Record<string, FileFact>;

export function factsOfBytes(bytes: Buffer): FileFact {
  return { byteSize: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** Reads the stream to its end, without holding it in memory. */
export async function factsOfStream(body: Readable): Promise<FileFact> {
  const hash = createHash("sha256");
  let byteSize = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    hash.update(chunk);
    byteSize += chunk.length;
  }
  return { byteSize, sha256: hash.digest("hex") };
}
