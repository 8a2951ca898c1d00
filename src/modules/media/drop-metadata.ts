import { readFile, writeFile } from "node:fs/promises";
import type { ImageMimeType } from "./image-kinds.js";

/** A part of a file. Files may have millions of them, so this is kept cheap. */
interface Piece {
  start: number;
  end: number;
  /** The number of its type if a picture may need it, else null. */
  needed: number | null;
}

/** Splits a file into pieces, up to where the picture begins or the file is broken. */
type Splitter = (file: Buffer) => Generator<Piece>;

const splitters: Partial<Record<ImageMimeType, Splitter>> = {
  "image/jpeg": splitJpeg,
  "image/png": splitPng,
};

/**
 * Removes metadata that does not change the picture from a file. libvips reads all of it before it starts, so that 10 MiB
 * of small or compressed pieces take seconds and gigabytes. In a WebP it skips them.
 */
export async function dropMetadata(path: string, mimeType: ImageMimeType): Promise<void> {
  const split = splitters[mimeType];
  if (!split) return;
  const file = await readFile(path);
  const parts = neededParts(file, split);
  if (parts.length > 1) await writeFile(path, Buffer.concat(parts));
}

const appMarkers = { jfif: 0xe0, exif: 0xe1, icc: 0xe2, adobe: 0xee };

/** A profile in a JPEG has at most 255 pieces (ICC.1, annex B.4). A picture needs one of every other type. */
const piecesMax = (type: number) => (type === appMarkers.icc ? 255 : 1);

function neededParts(file: Buffer, split: Splitter): Buffer[] {
  const counts = new Map<number, number>();
  const parts: Buffer[] = [];
  let from = 0;
  for (const { start, end, needed } of split(file)) {
    if (needed !== null) {
      const count = (counts.get(needed) ?? 0) + 1;
      counts.set(needed, count);
      if (count <= piecesMax(needed)) continue;
    }
    if (from < start) parts.push(file.subarray(from, start));
    from = end;
  }
  parts.push(file.subarray(from));
  return parts;
}

/** For colors, transparency and orientation. The other ancillary chunks have texts, dates and hints. */
const neededChunks = new Set(
  ["cICP", "iCCP", "sRGB", "gAMA", "cHRM", "sBIT", "bKGD", "tRNS", "eXIf"].map((type) =>
    Buffer.from(type, "latin1").readUInt32BE(),
  ),
);
/** Of a type that begins with a small letter: pictures can be decoded without it (PNG, third edition, section 5.4). */
const ancillaryBit = 0x20000000;

/** Leaves out the critical chunks, among them those of the picture. */
function* splitPng(file: Buffer): Generator<Piece> {
  for (let start = 8; start + 12 <= file.length; ) {
    const end = start + 12 + file.readUInt32BE(start);
    if (end > file.length) return;
    const type = file.readUInt32BE(start + 4);
    if (type & ancillaryBit) yield { start, end, needed: neededChunks.has(type) ? type : null };
    start = end;
  }
}

/** The first bytes of those APP segments that matter. Adobe's says how colors are stored. */
const segmentNames: Record<number, Buffer> = {
  [appMarkers.jfif]: Buffer.from("JFIF\0"),
  [appMarkers.exif]: Buffer.from("Exif\0"),
  [appMarkers.icc]: Buffer.from("ICC_PROFILE\0"),
  [appMarkers.adobe]: Buffer.from("Adobe"),
};
const [startOfScan, firstFrameMarker, comment] = [0xda, 0xc0, 0xfe];

/** Leaves out the segments with tables and sizes. */
function* splitJpeg(file: Buffer): Generator<Piece> {
  for (let start = 2; start + 4 <= file.length && file[start] === 0xff; ) {
    const marker = file[start + 1] as number;
    if (marker === 0xff) {
      start += 1; // Fill bytes may precede a marker.
      continue;
    }
    const length = file.readUInt16BE(start + 2);
    const end = start + 2 + length;
    const hasLength = marker >= firstFrameMarker && (marker < 0xd0 || marker >= startOfScan) && length >= 2;
    if (!hasLength || marker === startOfScan || end > file.length) return;
    const isApp = marker >= 0xe0 && marker <= 0xef;
    const name = segmentNames[marker];
    const isNamed = name !== undefined && file[start + 4] === name[0] && startsWith(file, start + 4, name);
    if (isApp || marker === comment) yield { start, end, needed: isNamed ? marker : null };
    start = end;
  }
}

function startsWith(file: Buffer, at: number, bytes: Buffer): boolean {
  return file.subarray(at, at + bytes.length).equals(bytes);
}
