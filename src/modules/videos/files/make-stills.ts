import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Ffmpeg, FfmpegFailure } from "../../../platform/ffmpeg/ffmpeg.js";
import { bt709ToRgb, toBt709 } from "./picture-colors.js";
import { type StillSize, stillPixels } from "./video-keys.js";
import type { VideoMetadata } from "./video-metadata.js";
import { createMarks, type WatermarkText } from "./watermark.js";

/** Of 255: a channel that is darker or more even than this shows nothing. */
const darkMeanMax = 16;
const blankDeviationMax = 3;

/** What a step works on: the clean file as a local path, and a folder that is gone afterwards. */
export interface FrameInput {
  originalPath: string;
  /** A folder to work in. */
  folder: string;
  metadata: VideoMetadata;
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
 * there; then the one that is most like the video as a whole; of a very short one, the first.
 */
export async function pickFrame(
  ffmpeg: Ffmpeg,
  work: FrameInput,
): Promise<{ kind: "picked"; frame: Frame } | FfmpegFailure> {
  const startSec = (work.metadata.durationMs / 1000) * 0.2;
  const early = await grabFrame(ffmpeg, work, ["-ss", startSec.toFixed(3)]);
  if (early.kind === "picked" && (await hasContent(early.frame))) return early;
  const likest = await grabFrame(ffmpeg, work, [], (picture) => `fps=2,${picture},thumbnail=60`);
  if (likest.kind === "picked") return likest;
  return early.kind === "picked" ? early : grabFrame(ffmpeg, work, []);
}

async function grabFrame(
  ffmpeg: Ffmpeg,
  work: FrameInput,
  seek: string[],
  filter = (picture: string) => picture,
) {
  const { width, height, videoTrackId } = work.metadata;
  const bt709 = toBt709(work.metadata, { width, height, hasZscale: await ffmpeg.hasFilter("zscale") });
  const path = join(work.folder, "frame.rgb");
  await rm(path, { force: true });
  const result = await ffmpeg.run({
    inputs: [{ path: work.originalPath, format: "mov", options: seek }],
    options: [
      ...["-map", `0:i:${videoTrackId}`, "-vf", filter(`${bt709},${bt709ToRgb}`)],
      ...["-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "rgb24"],
    ],
    outputPath: path,
    timeLimitMs: work.timeLimitMs,
    signal: work.signal,
  });
  if (result.kind !== "done") return result;
  // Where there is no frame at that moment, some builds leave an empty file, others none.
  const rgb = await readFile(path).catch(() => Buffer.alloc(0));
  if (rgb.length === width * height * 3) return { kind: "picked" as const, frame: { rgb, width, height } };
  return { kind: "failed" as const, exitCode: 0, detail: "no frame came out" };
}

async function hasContent(frame: Frame): Promise<boolean> {
  const { channels } = await openFrame(frame).stats();
  return channels.some(({ mean, stdev }) => mean > darkMeanMax && stdev > blankDeviationMax);
}

/** A marked WebP whose long side has as many pixels as the size says. */
export async function renderStill(frame: Frame, size: StillSize, text: WatermarkText): Promise<Buffer> {
  const scale = stillPixels[size] / Math.max(frame.width, frame.height);
  const width = Math.max(1, Math.round(frame.width * scale));
  const height = Math.max(1, Math.round(frame.height * scale));
  const marks = await createMarks({ width, height }, text);
  return openFrame(frame)
    .resize(width, height, { fit: "fill" })
    .composite(marks)
    .webp({ quality: 80 })
    .toBuffer();
}

function openFrame({ rgb, width, height }: Frame) {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}
