import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { gamma, hlgToLight, pqToLight, srgbToLight, type TransferFunction } from "./color-curves.js";
import { type Chromaticity, type ColorSpace, colorProfile, isValidGamut } from "./color-profile.js";

/** One chunk of a PNG, with its place in the file. */
interface Chunk {
  type: string;
  data: Buffer;
  start: number;
  end: number;
}

type Gamut = Omit<ColorSpace, "toLight">;

const d65: Chromaticity = [0.3127, 0.329];
const srgbGamut: Gamut = { red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06], white: d65 };
const ntscGamut: Gamut = { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: d65 };
/** By ColourPrimaries in ITU-T H.273, table 2. */
const gamuts: Record<number, Gamut> = {
  1: srgbGamut,
  5: { red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06], white: d65 },
  6: ntscGamut,
  7: ntscGamut,
  9: { red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046], white: d65 },
  11: { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: [0.314, 0.351] },
  12: { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: d65 },
};
/** By TransferCharacteristics in table 3. Screens show all SDR television curves the same way, as sRGB. */
const curves: Record<number, TransferFunction> = {
  ...Object.fromEntries([1, 6, 13, 14, 15].map((number) => [number, srgbToLight])),
  4: gamma(2.2),
  5: gamma(2.8),
  8: (signal) => signal,
  16: pqToLight,
  18: hlgToLight,
};

/** 1 / 2.2 as a gAMA value. Values within 1 % of it, in sRGB's gamut, mean sRGB. */
const srgbGamma = 45455;
const colorChunks = new Set(["cICP", "iCCP", "sRGB", "gAMA", "cHRM"]);

/**
 * Replaces the color chunks of a PNG with an ICC profile, the only one that sharp reads. Precedence: cICP, iCCP, sRGB,
 * gAMA with cHRM (PNG, third edition, section 4.3). Undefined and invalid chunks are ignored. Rejects if a picture that
 * must be re-encoded is damaged.
 */
export async function withColorProfile(png: Buffer): Promise<Buffer> {
  const head = [...chunksBeforePixels(png)];
  const found = (type: string) => head.find((chunk) => chunk.type === type)?.data;
  const fromCicp = parseCicp(found("cICP"));
  if (!fromCicp && (found("iCCP") || found("sRGB"))) return png;
  const space = fromCicp ?? parseGamma(found("gAMA"), found("cHRM"));
  const header = found("IHDR");
  if (!space || header?.length !== 13) return png;
  const isGray = ((header[9] as number) & 2) === 0;
  if (!isGray) return replaceColorChunks(png, colorProfile(space, "RGB "));
  // sharp ignores profiles of 16-bit gray.
  if (header[8] === 16) return replaceColorChunks(await toRgb16(png), colorProfile(space, "RGB "));
  return replaceColorChunks(png, colorProfile(space, "GRAY"));
}

function toRgb16(png: Buffer): Promise<Buffer> {
  const image = sharp(png, { failOn: "error", ignoreIcc: true });
  return image.toColourspace("rgb16").png({ compressionLevel: 1 }).toBuffer();
}

function replaceColorChunks(png: Buffer, profile: Buffer): Buffer {
  const [header, ...others] = chunksBeforePixels(png);
  const rest = others.filter(({ type }) => !colorChunks.has(type));
  return Buffer.concat([
    png.subarray(0, header?.end),
    encodeChunk("iCCP", Buffer.concat([Buffer.from("noted\0\0", "latin1"), deflateSync(profile)])),
    ...rest.map(({ start, end }) => png.subarray(start, end)),
    png.subarray((others.at(-1) ?? header)?.end),
  ]);
}

/** Complete chunks before the first IDAT. Stops at the first one with a wrong CRC. */
function* chunksBeforePixels(png: Buffer): Generator<Chunk> {
  for (let start = 8; start + 12 <= png.length; ) {
    const end = start + 12 + png.readUInt32BE(start);
    const type = png.toString("latin1", start + 4, start + 8);
    if (type === "IDAT" || end > png.length) return;
    if (crc32(png.subarray(start + 4, end - 4)) !== png.readUInt32BE(end - 4)) return;
    yield { type, data: png.subarray(start + 8, end - 4), start, end };
    start = end;
  }
}

function parseCicp(cicp: Buffer | undefined): ColorSpace | null {
  if (cicp?.length !== 4) return null;
  const [primaries = 0, transfer = 0, matrix, isFull] = cicp;
  const [gamut, curve] = [gamuts[primaries], curves[transfer]];
  if (!gamut || !curve || matrix !== 0) return null;
  return { ...gamut, toLight: isFull ? curve : (signal) => curve((signal * 255 - 16) / 219) };
}

function parseGamma(gama: Buffer | undefined, chrm: Buffer | undefined): ColorSpace | null {
  const gammaValue = gama?.length === 4 ? gama.readUInt32BE() : 0;
  const gamut = parseChrm(chrm);
  const isSrgbGamma = gammaValue === 0 || Math.abs(gammaValue - srgbGamma) < srgbGamma / 100;
  if (isSrgbGamma && (!gamut || isSrgb(gamut))) return null;
  return { ...(gamut ?? srgbGamut), toLight: gammaValue === 0 ? srgbToLight : gamma(100_000 / gammaValue) };
}

function parseChrm(chrm: Buffer | undefined): Gamut | null {
  if (chrm?.length !== 32) return null;
  const at = (nth: number): Chromaticity => [
    chrm.readUInt32BE(nth * 8) / 100_000,
    chrm.readUInt32BE(nth * 8 + 4) / 100_000,
  ];
  const gamut = { white: at(0), red: at(1), green: at(2), blue: at(3) };
  return isValidGamut(gamut) ? gamut : null;
}

function isSrgb(gamut: Gamut): boolean {
  const names = ["red", "green", "blue", "white"] as const;
  return names.every((name) =>
    [0, 1].every((at) => Math.abs((gamut[name][at] as number) - (srgbGamut[name][at] as number)) < 0.002),
  );
}

function encodeChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}
