import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { detectImageType, type ImageMimeType, signatureLength } from "./image-kinds.js";
import { NotAnImage } from "./media.errors.js";

/** A file that a client is uploading. Its stream fails if it is too long or the connection breaks. */
export interface IncomingFile {
  createReadStream(): Readable;
}

/**
 * Streams a client's file to `path` and returns its image type. Rejects with NotAnImage, or with the stream's error. A
 * file that is not an image is still read to its end, so that a too long one fails with the stream's error instead.
 */
export async function receiveImage(body: Readable, path: string): Promise<ImageMimeType> {
  let kind: ImageMimeType | null = null;
  async function* imageOnly(chunks: AsyncIterable<Buffer>) {
    let head: Buffer | null = Buffer.alloc(0);
    for await (const chunk of chunks) {
      if (head) {
        head = Buffer.concat([head, chunk]);
        if (head.length < signatureLength) continue;
        kind = detectImageType(head);
        if (kind) yield head;
        head = null;
      } else if (kind) yield chunk;
    }
    if (head) {
      kind = detectImageType(head);
      yield head;
    }
  }
  await pipeline(body, imageOnly, createWriteStream(path));
  if (!kind) throw new NotAnImage();
  return kind;
}
