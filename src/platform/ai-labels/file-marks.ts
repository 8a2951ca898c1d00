import { FileBytes } from "./file-bytes.js";
import { type ImageMarks, scanImage } from "./image-marks.js";
import { readBoxes } from "./mp4/boxes.js";
import { readMovieLabel } from "./mp4/movie-label.js";

/** Marks of AI in a file, and the type of the file. */
export interface FileMarks extends ImageMarks {
  mimeType: "video/mp4" | "image/jpeg" | "image/png" | "image/webp";
  /** A picture that ends or becomes unreadable before all of its metadata was read, so a mark may be missing. */
  isBroken: boolean;
}

const movieBytesMax = 64 * 1024 * 1024;
const boxesMax = 100_000;
/** The type of the `uuid` box that has Content Credentials (C2PA, "Embedding manifests into BMFF-based assets"). */
const c2paUuid = "d8fec3d61b0e483c92975828877ec481";

/** Reads the metadata of an mp4, JPEG, PNG or WebP of any size. Null for other files and mp4 without a readable index. */
export async function readFileMarks(path: string): Promise<FileMarks | null> {
  const mimeType = await FileBytes.with(path, detectType);
  if (mimeType === null) return null;
  if (mimeType === "video/mp4") return FileBytes.with(path, readMp4Marks);
  return { ...(await scanImage(path)), mimeType };
}

async function detectType(file: FileBytes): Promise<FileMarks["mimeType"] | null> {
  const head = (await file.read(0, 12)).toString("latin1");
  if (head.startsWith("\xff\xd8\xff")) return "image/jpeg";
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return "image/png";
  if (head.startsWith("RIFF") && head.endsWith("WEBP")) return "image/webp";
  return /^(ftyp|moov|mdat|wide|free|skip)$/.test(head.slice(4, 8)) ? "video/mp4" : null;
}

/** Whether an mp4 has Content Credentials, valid or not. */
export function hasCredentials(mp4: Buffer): boolean {
  try {
    return readBoxes(mp4, 0, mp4.length).some(
      ({ type, contentStart }) =>
        type === "uuid" && mp4.toString("hex", contentStart, contentStart + 16) === c2paUuid,
    );
  } catch {
    return false;
  }
}

/** Null without a readable index. */
async function readMp4Marks(file: FileBytes): Promise<FileMarks | null> {
  let c2pa = false;
  let movie: Buffer | null = null;
  let at = 0;
  for (let nth = 0; nth < boxesMax && at < file.byteSize; nth++) {
    const header = await file.read(at, 32);
    if (header.length < 8) break;
    const isLong = header.readUInt32BE(0) === 1 && header.length >= 16;
    const declared = isLong ? Number(header.readBigUInt64BE(8)) : header.readUInt32BE(0);
    const size = declared === 0 ? file.byteSize - at : declared;
    const type = header.toString("latin1", 4, 8);
    const headerBytes = isLong ? 16 : 8;
    if (size < headerBytes) return null;
    if (type === "uuid") c2pa ||= header.toString("hex", headerBytes, headerBytes + 16) === c2paUuid;
    if (type === "moov" && size <= movieBytesMax) movie ??= Buffer.from(await file.read(at, size));
    at += size;
  }
  if (!movie) return null;
  try {
    return { label: readMovieLabel(movie), madeByAi: false, c2pa, mimeType: "video/mp4", isBroken: false };
  } catch {
    return null;
  }
}
