import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { findFfmpegPath } from "../../../src/platform/ffmpeg/ffmpeg-path.js";

/** The ffmpeg from npm, so that tests behave alike on every machine. */
export const ffmpegPath = () => findFfmpegPath({ setting: undefined, searchPath: undefined });

export interface Sample {
  size?: string;
  seconds?: number;
  /** An ffmpeg source. The default has motion. */
  picture?: string;
  sound?: boolean;
  options?: string[];
}

/** Renders a real video with the given size, length and picture. */
export async function makeSample(path: string, sample: Sample = {}): Promise<string> {
  const { size = "180x320", seconds = 2, sound = true } = sample;
  const picture = sample.picture ?? `testsrc2=s=${size}:r=24`;
  await ffmpeg([
    ...["-f", "lavfi", "-i", picture, ...(sound ? ["-f", "lavfi", "-i", "sine=440"] : [])],
    ...["-t", String(seconds), "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"],
    ...["-c:a", "aac", "-movflags", "+faststart", ...(sample.options ?? []), path],
  ]);
  return path;
}

export interface Picture {
  rgb: Buffer;
  width: number;
  height: number;
}

/** The frame at one time, three bytes per pixel. */
export async function pictureAt(
  path: string,
  atSec: number,
  width: number,
  height: number,
): Promise<Picture> {
  const rgb = await ffmpeg([
    ...["-ss", String(atSec), "-i", path, "-frames:v", "1", "-vf", `scale=${width}:${height}`],
    ...["-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
  ]);
  return { rgb, width, height };
}

/** Difference of two pictures of one size in each of rows x columns fields, from 0 (equal) to 255. */
export function differences(one: Picture, other: Picture, rows: number, columns: number): number[][] {
  const sums = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  for (let y = 0; y < one.height; y++) {
    for (let x = 0; x < one.width; x++) {
      const row = sums[Math.floor((y * rows) / one.height)] as number[];
      const column = Math.floor((x * columns) / one.width);
      const at = (y * one.width + x) * 3;
      row[column] = (row[column] as number) + Math.abs((one.rgb[at] as number) - (other.rgb[at] as number));
    }
  }
  const fieldPixels = (one.width * one.height) / (rows * columns);
  return sums.map((row) => row.map((sum) => sum / fieldPixels));
}

async function ffmpeg(args: string[]): Promise<Buffer> {
  const run = promisify(execFile);
  const options = { encoding: "buffer" as const, maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await run(await ffmpegPath(), ["-v", "error", "-y", ...args], options);
  return stdout;
}
