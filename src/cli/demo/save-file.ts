import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CommandFailed } from "../fail.js";

export interface SavedFile {
  byteSize: number;
  sha256: string;
}

/** Streams a link's file to disk. Throws CommandFailed when it cannot be fetched or written whole. */
export async function saveFile(url: string, path: string): Promise<SavedFile> {
  try {
    return await streamToDisk(url, path);
  } catch (error) {
    throw new CommandFailed(`${path} could not be saved: ${(error as Error).message}`);
  }
}

async function streamToDisk(url: string, path: string): Promise<SavedFile> {
  const response = await fetch(url);
  if (!response.ok || !response.body) throw new Error(`its link answers with HTTP ${response.status}`);
  const hash = createHash("sha256");
  let byteSize = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      byteSize += chunk.length;
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(response.body as never), meter, createWriteStream(path));
  return { byteSize, sha256: hash.digest("hex") };
}
