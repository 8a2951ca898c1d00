import { crc32, deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";

export const formats = ["jpeg", "png", "webp"] as const;
export type Format = (typeof formats)[number];

/** Red on the left, blue on the right, which makes rotations visible. */
export function redAndBlue(width = 400, height = 300): Sharp {
  const half = { width: Math.floor(width / 2), height, channels: 3 as const };
  return sharp({ create: { width, height, channels: 3, background: "blue" } }).composite([
    { input: { create: { ...half, background: "red" } }, left: 0, top: 0 },
  ]);
}

export function imageAs(format: Format, width?: number, height?: number): Promise<Buffer> {
  return redAndBlue(width, height).toFormat(format).toBuffer();
}

/** As phones write it: rotated by an EXIF tag, with location and manufacturer. */
export function photo(format: Format): Promise<Buffer> {
  return redAndBlue()
    .withExif({
      IFD0: { Make: "Phone maker", Copyright: "Ana" },
      IFD3: { GPSLatitudeRef: "N", GPSLatitude: "31/1 13/1 0/1" },
    })
    .withMetadata({ orientation: 6 })
    .toFormat(format)
    .toBuffer();
}

/** Noise, because plain colors compress to almost nothing. Truncated anywhere, noise lacks pixels. */
export function noise(format: Format): Promise<Buffer> {
  const created = { width: 300, height: 200, channels: 3 as const, background: "grey" };
  return sharp({ create: { ...created, noise: { type: "gaussian", mean: 128, sigma: 40 } } })
    .toFormat(format)
    .toBuffer();
}

export function animation(frames: number, side: number): Promise<Buffer> {
  // Each frame has another gray, because the encoder merges equal frames.
  const pixels = Buffer.concat(
    Array.from({ length: frames }, (_, nth) => Buffer.alloc(side * side * 3, 40 + (nth % 2) * 150)),
  );
  const raw = { width: side, height: side * frames, channels: 3 as const, pageHeight: side };
  return sharp(pixels, { raw, limitInputPixels: false })
    .webp({ effort: 0, loop: 0, delay: Array<number>(frames).fill(40) })
    .toBuffer();
}

/** The same file with another size in its header (PNG, section 11.2.1). */
export async function pngThatClaims(width: number, height: number): Promise<Buffer> {
  const [bytes, header] = [await imageAs("png"), pngHeader(width, height)];
  return Buffer.concat([bytes.subarray(0, 8), header, bytes.subarray(8 + header.length)]);
}

/** A black square in 1-bit gray: only zeros, which compress to almost nothing. */
export function pngBomb(side: number): Buffer {
  const rows = Buffer.alloc((1 + Math.ceil(side / 8)) * side);
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    pngHeader(side, side, 1, 0),
    pngChunk("IDAT", deflateSync(rows)),
    pngChunk("IEND", Buffer.alloc(0)),
  ]);
}

function pngHeader(width: number, height: number, depth = 8, colorType = 2): Buffer {
  const data = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, depth, colorType, 0, 0, 0]);
  data.writeUInt32BE(width, 0);
  data.writeUInt32BE(height, 4);
  return pngChunk("IHDR", data);
}

const pngColorNotes = ["gAMA", "cHRM", "sRGB", "cICP"];

/** Inserts these color chunks, and a profile if given, after the header. */
export function withPngNotes(png: Buffer, notes: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const type = png.toString("latin1", at + 4, at + 8);
    if (!pngColorNotes.includes(type)) parts.push(png.subarray(at, at + 12 + png.readUInt32BE(at)));
  }
  const [header = Buffer.alloc(0), ...others] = parts;
  return Buffer.concat([png.subarray(0, 8), header, ...notes, ...others]);
}

/** Length, type, data, and the CRC over type and data. */
export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** Appends bytes that image readers ignore, up to this length. */
export function padded(image: Buffer, byteSize: number): Buffer {
  return Buffer.concat([image, Buffer.alloc(byteSize - image.length)]);
}
