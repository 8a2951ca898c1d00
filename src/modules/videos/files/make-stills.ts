import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Ffmpeg, FfmpegFailure } from "../../../platform/ffmpeg/ffmpeg.js";
import { type ThumbnailName, thumbnailPixels } from "../../media/index.js";
import { bt709ToRgb, toBt709 } from "./picture-colors.js";
import type { VideoMetadata } from "./video-metadata.js";
import { createMarks, type WatermarkText } from "./watermark.js";

/** Of 255. A frame in which every channel is darker or more uniform than this counts as blank. */
const darkMeanMax = 16;
const blankDeviationMax = 3;

/** Input of a step: the original file as a local path, and a temporary folder. */
export interface FrameInput {
  originalPath: string;
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
 * Picks the frame that represents the video: the one at 20 % of its duration, unless that is blank. Then the most
 * typical frame (ffmpeg's `thumbnail` filter), or the first frame of a very short video.
 */
export async function pickFrame(
  ffmpeg: Ffmpeg,
  work: FrameInput,
): Promise<{ kind: "picked"; frame: Frame } | FfmpegFailure> {
  const startSec = (work.metadata.durationMs / 1000) * 0.2;
  const early = await grabFrame(ffmpeg, work, ["-ss", startSec.toFixed(3)]);
  if (early.kind === "picked" && (await hasContent(early.frame))) return early;
  const typical = await grabFrame(ffmpeg, work, [], (picture) => `fps=2,${picture},thumbnail=60`);
  if (typical.kind === "picked") return typical;
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
  // If there is no frame at that time, some builds write an empty file and others write none.
  const rgb = await readFile(path).catch(() => Buffer.alloc(0));
  if (rgb.length === width * height * 3) return { kind: "picked" as const, frame: { rgb, width, height } };
  return { kind: "failed" as const, exitCode: 0, detail: "ffmpeg wrote no frame" };
}

async function hasContent(frame: Frame): Promise<boolean> {
  const { channels } = await openFrame(frame).stats();
  return channels.some(({ mean, stdev }) => mean > darkMeanMax && stdev > blankDeviationMax);
}

/** A watermarked WebP. The size gives the pixels of its long side. `xmp` becomes its metadata. */
export async function renderStill(
  frame: Frame,
  size: ThumbnailName,
  { text, xmp }: { text: WatermarkText; xmp: string | null },
): Promise<Buffer> {
  const scale = thumbnailPixels[size] / Math.max(frame.width, frame.height);
  const width = Math.max(1, Math.round(frame.width * scale));
  const height = Math.max(1, Math.round(frame.height * scale));
  const marks = await createMarks({ width, height }, text);
  const still = openFrame(frame)
    .resize(width, height, { fit: "fill" })
    .composite(marks)
    .webp({ quality: 80 });
  return (xmp === null ? still : still.withXmp(xmp)).toBuffer();
}

function openFrame({ rgb, width, height }: Frame) {
  return sharp(rgb, { raw: { width, height, channels: 3 } });
}
