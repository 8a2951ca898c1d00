import { pipeline, Readable, type Transform } from "node:stream";
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  constants as zlib,
} from "node:zlib";

/** Limit for response headers. Some services send more than Node's default of 16 KiB. */
export const headerBytesMax = 256 * 1024;

/** More encodings on one body are treated as an attack. */
const encodingsMax = 3;
/** The window size that every zstd decoder on the web must support (RFC 9659). */
const zstdWindowLogMax = 23;

type Headers = Record<string, string | string[] | undefined>;

/** Created from the first bytes of the body. Null if the body is not encoded in spite of its header. */
const decoders: Record<string, (start: Uint8Array) => Transform | null> = {
  gzip: ([first]) => (first === 0x1f ? createGunzip() : null),
  br: () => createBrotliDecompress(),
  // The specification requires the zlib format. Some servers send the raw deflate stream.
  deflate: ([first = 0]) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  zstd: () => createZstdDecompress({ params: { [zlib.ZSTD_d_windowLogMax]: zstdWindowLogMax } }),
};
const aliases: Record<string, string> = { "x-gzip": "gzip" };

/** Value of `Accept-Encoding`. */
export const acceptedEncodings = Object.keys(decoders).join(", ");

/**
 * Decodes the body by its `Content-Encoding`. Returns the same stream if there is none. A reader that stops
 * early must destroy the returned stream. The decoded length is not limited here.
 */
export function decodeBody(body: Readable, headers: Headers): Readable {
  const encodings = parseEncodings(headers);
  if (encodings.length === 0) return body;
  if (encodings.length > encodingsMax) {
    body.on("error", () => {}).destroy();
    throw new Error("too many content encodings");
  }
  const chunks = encodings.reduceRight<AsyncIterable<Uint8Array>>(decode, body);
  // When the reader is destroyed, destroy the body too. Otherwise it waits for a chunk that may never come.
  return Readable.from(chunks, { objectMode: false }).once("close", () => body.destroy());
}

/** Other names, such as `identity`, `utf-8` and `aws-chunked`, occur on plain bodies and are ignored. */
function parseEncodings(headers: Headers): string[] {
  return String(headers["content-encoding"] ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => aliases[name.trim()] ?? name.trim())
    .filter((name) => Object.hasOwn(decoders, name));
}

async function* decode(source: AsyncIterable<Uint8Array>, encoding: string): AsyncIterable<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done) return;
  const decoder = decoders[encoding]?.(first.value);
  const whole = prepend(first.value, chunks);
  yield* decoder ? pipeline(whole, decoder, () => {}) : whole;
}

async function* prepend<T>(first: T, rest: AsyncIterator<T>): AsyncIterable<T> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** Uses the byte order mark, else the charset of `Content-Type`, else UTF-8. Removes the mark. */
export function decodeText(bytes: Uint8Array, headers: Headers): string {
  const charset = /charset="?([\w-]+)/i.exec(String(headers["content-type"] ?? ""))?.[1];
  return decoderOf(byteOrderMarkCharset(bytes) ?? charset).decode(bytes);
}

function byteOrderMarkCharset([a, b, c]: Uint8Array): string | null {
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  return a === 0xfe && b === 0xff ? "utf-16be" : null;
}

function decoderOf(charset: string | undefined) {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
