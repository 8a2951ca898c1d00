import { pipeline, Readable, type Transform } from "node:stream";
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
  constants as zlib,
} from "node:zlib";

/** Response headers up to this size are read. Node's own limit of 16 KiB is less than some services send. */
export const headerBytesMax = 256 * 1024;

/** More encodings than this on one body are an attack. */
const encodingsMax = 3;
/** The window that every zstd decoder on the web must have (RFC 9659). */
const zstdWindowLogMax = 23;

type Headers = Record<string, string | string[] | undefined>;

/** Chosen by the first bytes of the body. Null: it is not encoded, whatever its header says. */
const decoders: Record<string, (start: Uint8Array) => Transform | null> = {
  gzip: ([first]) => (first === 0x1f ? createGunzip() : null),
  br: () => createBrotliDecompress(),
  // The specification means zlib's format. Some servers send the bare stream inside it.
  deflate: ([first = 0]) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw()),
  zstd: () => createZstdDecompress({ params: { [zlib.ZSTD_d_windowLogMax]: zstdWindowLogMax } }),
};
const aliases: Record<string, string> = { "x-gzip": "gzip" };

/** For `Accept-Encoding`. */
export const acceptedEncodings = Object.keys(decoders).join(", ");

/**
 * The body as it was before the encodings that `Content-Encoding` names. Without any it is the same
 * stream. A reader that stops early must destroy the stream that it got. The decoded length is not
 * limited here.
 */
export function decodeBody(body: Readable, headers: Headers): Readable {
  const encodings = encodingsIn(headers);
  if (encodings.length === 0) return body;
  if (encodings.length > encodingsMax) {
    body.on("error", () => {}).destroy();
    throw new Error("too many content encodings");
  }
  const chunks = encodings.reduceRight<AsyncIterable<Uint8Array>>(decode, body);
  // A destroyed reader must not wait for the next chunk of a body that has stalled.
  return Readable.from(chunks, { objectMode: false }).once("close", () => body.destroy());
}

/** Names that are no encoding, such as `identity`, `utf-8` and `aws-chunked`, are seen on plain bodies. */
function encodingsIn(headers: Headers): string[] {
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
  const whole = startingWith(first.value, chunks);
  yield* decoder ? pipeline(whole, decoder, () => {}) : whole;
}

async function* startingWith<T>(first: T, rest: AsyncIterator<T>): AsyncIterable<T> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** By its byte order mark, else by the charset of its `Content-Type`, else as UTF-8. Never with the mark. */
export function decodeText(bytes: Uint8Array, headers: Headers): string {
  const charset = /charset="?([\w-]+)/i.exec(String(headers["content-type"] ?? ""))?.[1];
  const label = markedCharset(bytes) ?? charset ?? "utf-8";
  return new TextDecoder(isCharset(label) ? label : "utf-8").decode(bytes);
}

function markedCharset([a, b, c]: Uint8Array): string | null {
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  return a === 0xfe && b === 0xff ? "utf-16be" : null;
}

function isCharset(label: string): boolean {
  try {
    return new TextDecoder(label) !== null;
  } catch {
    return false;
  }
}
