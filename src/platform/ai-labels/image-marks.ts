import { promisify } from "node:util";
import { inflate } from "node:zlib";
import { FileBytes } from "./file-bytes.js";
import { readXmp, type XmpMarks } from "./xmp.js";

/** Marks of AI in the metadata of a picture. */
export interface ImageMarks extends XmpMarks {
  /** Has Content Credentials (C2PA), valid or not. */
  c2pa: boolean;
}

interface ScannedImage extends ImageMarks {
  /** It ends or becomes unreadable before all of its metadata was read, so a mark may be missing. */
  isBroken: boolean;
}

interface Found {
  xmp: Buffer[];
  c2pa: boolean;
  isBroken: boolean;
}

/** Further metadata is not read. Real files have a few dozen pieces, and some hundred if they have large profiles. */
const piecesMax = 2_000;
const xmpBytesMax = 1024 * 1024;

/**
 * Reads a JPEG, PNG or WebP. Broken files give the marks found before the fault, other files give none. The work is
 * limited, however much metadata a file has.
 */
export async function readImageMarks(path: string): Promise<ImageMarks> {
  const { isBroken: _, ...marks } = await scanImage(path);
  return marks;
}

/** The same, with the answer to whether the file is broken. */
export function scanImage(path: string): Promise<ScannedImage> {
  return FileBytes.with(path, async (file) => {
    const found: Found = { xmp: [], c2pa: false, isBroken: false };
    const head = (await file.read(0, 12)).toString("latin1");
    if (head.startsWith("\xff\xd8\xff")) await scanJpeg(file, found);
    else if (head.startsWith("\x89PNG\r\n\x1a\n")) await scanPng(file, found);
    else if (head.startsWith("RIFF") && head.endsWith("WEBP")) await scanWebp(file, found);
    const { c2pa, isBroken } = found;
    return { ...readXmp(Buffer.concat(found.xmp).toString("utf8")), c2pa, isBroken };
  });
}

const jpegXmp = ["http://ns.adobe.com/xap/1.0/\0", "http://ns.adobe.com/xmp/extension/\0"];
/** After its name, a piece of extended XMP has the digest of the whole (32), its size (4) and the position in it (4). */
const extensionHeaderBytes = 40;

/** JPEG segments (ITU-T T.81) up to the picture itself. C2PA is a JUMBF box in APP11 (ISO 19566-5). */
async function scanJpeg(file: FileBytes, found: Found): Promise<void> {
  let at = 2;
  for (let piece = 0; piece < piecesMax; piece++) {
    const header = await file.read(at, 4);
    if (header[0] === 0xff && (header[1] === 0xda || header[1] === 0xd9)) return;
    if (header.length < 4 || header[0] !== 0xff) {
      found.isBroken = true;
      return;
    }
    const marker = header[1] as number;
    if (marker === 0xff) {
      at += 1; // Fill bytes may precede a marker.
      continue;
    }
    const length = header.readUInt16BE(2) - 2;
    const start = at + 4;
    if (marker === 0xe1) {
      const name = (await file.read(start, 64)).toString("latin1");
      for (const [nth, prefix] of jpegXmp.entries()) {
        const skipped = prefix.length + (nth === 1 ? extensionHeaderBytes : 0);
        if (name.startsWith(prefix)) await addXmp(file, found, start + skipped, length - skipped);
      }
    }
    if (marker === 0xeb) found.c2pa ||= isC2paSegment(await file.read(start, Math.min(length, 64)));
    at = start + length;
  }
}

/** Only the first segment of a JUMBF box has its label. */
function isC2paSegment(head: Buffer): boolean {
  return head.toString("latin1", 0, 2) === "JP" && head.includes("c2pa");
}

const pngXmp = "XML:com.adobe.xmp\0";

/** PNG chunks. Only the first chunk of text with the name of XMP is read, because each may inflate a lot. */
async function scanPng(file: FileBytes, found: Found): Promise<void> {
  let at = 8;
  let hasXmp = false;
  let hasEnd = false;
  for (let piece = 0; piece < piecesMax; piece++) {
    const header = await file.read(at, 8);
    if (header.length < 8) {
      found.isBroken = !hasEnd;
      return;
    }
    const length = header.readUInt32BE(0);
    const type = header.toString("latin1", 4, 8);
    if (/^[itz]TXt$/.test(type) && !hasXmp) hasXmp = await addTextChunk(file, found, type, at + 8, length);
    if (type === "caBX") found.c2pa = true;
    hasEnd ||= type === "IEND";
    at += 12 + length;
  }
}

/** False for other text than XMP. */
async function addTextChunk(file: FileBytes, found: Found, type: string, start: number, length: number) {
  if ((await file.read(start, pngXmp.length)).toString("latin1") !== pngXmp) return false;
  if (length > xmpBytesMax) return true;
  const content = Buffer.from(await file.read(start, length)).subarray(pngXmp.length);
  if (type === "tEXt") push(found, content);
  else if (type === "zTXt") push(found, await inflateText(content.subarray(1)));
  else {
    // Compression flag and method, then language and translated keyword, each with a zero at its end.
    const keywordEnd = content.indexOf(0, content.indexOf(0, 2) + 1);
    const text = content.subarray(keywordEnd + 1);
    if (keywordEnd > 2) push(found, content[0] === 1 ? await inflateText(text) : text);
  }
  return true;
}

function inflateText(text: Buffer): Promise<Buffer> {
  const limited = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate);
  return limited(text, { maxOutputLength: xmpBytesMax }).catch(() => Buffer.alloc(0));
}

/** RIFF chunks, padded to even lengths. */
async function scanWebp(file: FileBytes, found: Found): Promise<void> {
  let at = 12;
  // Some writers count the padding of the last chunk, others leave it out.
  found.isBroken = file.byteSize + 1 < 8 + (await file.read(0, 8)).readUInt32LE(4);
  for (let piece = 0; piece < piecesMax; piece++) {
    const header = await file.read(at, 8);
    if (header.length < 8) return;
    const type = header.toString("latin1", 0, 4);
    const length = header.readUInt32LE(4);
    if (type === "XMP ") await addXmp(file, found, at + 8, length);
    if (type === "C2PA") found.c2pa = true;
    at += 8 + length + (length % 2);
  }
}

async function addXmp(file: FileBytes, found: Found, start: number, length: number): Promise<void> {
  if (length > 0 && length <= xmpBytesMax) push(found, Buffer.from(await file.read(start, length)));
}

function push(found: Found, xmp: Buffer): void {
  const total = found.xmp.reduce((sum, { length }) => sum + length, 0);
  if (total + xmp.length <= xmpBytesMax) found.xmp.push(xmp);
}
