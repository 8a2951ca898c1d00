import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Ffmpeg, FfmpegFailure } from "../../platform/ffmpeg.js";
import type { VideoFacts } from "./video-facts.js";
import { type StillSize, stillPixels } from "./video-keys.js";
import { marksFor, type WatermarkText } from "./watermark.js";

/** Of 255: a channel that is darker or more even than this shows nothing. */
const darkMeanMax = 16;
const blankDeviationMax = 3;

/** What a step works on: the clean file as a local path, and a folder that is gone afterwards. */
export interface FrameWork {
  cleanPath: string;
  /** A folder to work in. */
  folder: string;
  facts: VideoFacts;
  timeLimitMs: number;
  signal?: AbortSignal;
}

/** Pixels, three bytes each, row by row from the top. */
export interface Frame {
  rgb: Buffer;
  width: number;
  height: number;
}

/**
 * One frame that stands for the video: where something has usually begun, unless nothing can be seen
 * there; then the one that is most like the video as a whole.
 */
export async function pickFrame(
  ffmpeg: Ffmpeg,
  work: FrameWork,
): Promise<{ kind: "picked"; frame: Frame } | FfmpegFailure> {
  const startSec = (work.facts.durationMs / 1000) * 0.2;
  const early = await grabFrame(ffmpeg, work, ["-ss", startSec.toFixed(3)], "null");
  if (early.kind === "picked" && (await showsSomething(early.frame))) return early;
  const likest = await grabFrame(ffmpeg, work, [], "fps=2,thumbnail=60");
  return likest.kind === "picked" ? likest : early;
}

async function grabFrame(ffmpeg: Ffmpeg, work: FrameWork, seek: string[], candidates: string) {
  const { width, height } = work.facts;
  const path = join(work.folder, "frame.rgb");
  const result = await ffmpeg.run({
    inputs: [{ path: work.cleanPath, format: "mov", options: seek }],
    options: [
      ...["-map", "0:v:0", "-vf", `${candidates},scale=${width}:${height}`, "-frames:v", "1"],
      ...["-f", "rawvideo", "-pix_fmt", "rgb24"],
    ],
    outputPath: path,
    timeLimitMs: work.timeLimitMs,
    signal: work.signal,
  });
  if (result.kind !== "done") return result;
  const rgb = await readFile(path);
  if (rgb.length === width * height * 3) return { kind: "picked" as const, frame: { rgb, width, height } };
  return { kind: "failed" as const, exitCode: 0, detail: "no frame came out" };
}

async function showsSomething(frame: Frame): Promise<boolean> {
  const { channels } = await open(frame).stats();
  return channels.some(({ mean, stdev }) => mean > darkMeanMax && stdev > blankDeviationMax);
}

/** A marked WebP whose long side has as many pixels as the size says. */
export async function renderStill(frame: Frame, size: StillSize, text: WatermarkText): Promise<Buffer> {
  const scale = stillPixels[size] / Math.max(frame.width, frame.height);
  const width = Math.max(1, Math.round(frame.width * scale));
  const height = Math.max(1, Math.round(frame.height * scale));
  const marks = await marksFor({ width, height }, text);
  return open(frame).resize(width, height, { fit: "fill" }).composite(marks).webp({ quality: 80 }).toBuffer();
}

function open({ rgb, width, height }: Frame) {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}
