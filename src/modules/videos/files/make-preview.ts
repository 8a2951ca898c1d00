import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Ffmpeg } from "../../../platform/ffmpeg/ffmpeg.js";
import type { FrameInput } from "./make-stills.js";
import { bt709Options, toBt709 } from "./picture-colors.js";
import type { VideoMetadata } from "./video-metadata.js";
import { cornerMargin, type Mark, renderMark, type WatermarkText } from "./watermark.js";

const longSideMax = 1280;
/** AAC-LC as a codec string (RFC 6381). Every browser plays it. */
const aacLc = "mp4a.40.2";
/** Seconds until the marks change places, so that no fixed crop removes them for the whole video. */
const hopSec = 2.5;

export interface PreviewInput extends FrameInput {
  previewPath: string;
  text: WatermarkText;
}

/** Renders the free, watermarked version as H.264 and AAC, with its index in front for fast start. */
export async function renderPreview(ffmpeg: Ffmpeg, work: PreviewInput) {
  const size = previewSize(work.metadata);
  const mark = await renderMark(work.text, size);
  const markPath = join(work.folder, "mark.png");
  await writeFile(markPath, mark.png);
  const picture = toBt709(work.metadata, { ...size, hasZscale: await ffmpeg.hasFilter("zscale") });
  return ffmpeg.run({
    inputs: [
      { path: work.originalPath, format: "mov" },
      { path: markPath, format: "png_pipe" },
    ],
    options: [
      ...["-filter_complex", filterGraph(work, { picture, size, mark }), "-map", "[marked]"],
      ...["-c:v", "libx264", "-preset", "superfast", "-crf", "26", "-maxrate", "3M", "-bufsize", "6M"],
      ...["-pix_fmt", "yuv420p", "-profile:v", "high", "-threads", "2", "-max_muxing_queue_size", "1024"],
      ...bt709Options,
      ...audioOptions(work.metadata),
      ...["-map_metadata", "-1", "-map_chapters", "-1", "-movflags", "+faststart", "-f", "mp4"],
    ],
    outputPath: work.previewPath,
    timeLimitMs: work.timeLimitMs,
    signal: work.signal,
  });
}

/** Copies audio that browsers already play. Encoding it again takes time and gains nothing. */
function audioOptions({ audioTrackId, audioCodec }: VideoMetadata): string[] {
  if (audioTrackId === null) return [];
  const map = ["-map", `0:i:${audioTrackId}`];
  if (audioCodec === aacLc) return [...map, "-c:a", "copy"];
  return [...map, "-c:a", "aac", "-b:a", "128k", "-ac", "2", "-ar", "44100"];
}

/** Never larger than the original. Sides are even, because yuv420p stores one color per 2x2 pixels. */
export function previewSize({ width, height }: { width: number; height: number }) {
  const scale = Math.min(1, longSideMax / Math.max(width, height));
  const even = (pixels: number) => Math.max(2, Math.round((pixels * scale) / 2) * 2);
  return { width: even(width), height: even(height) };
}

/**
 * Two marks on opposite sides, one in each half, change places together. The bottom of the picture stays free for
 * captions. With a label, the first mark is always in one of the upper corners.
 */
function filterGraph(
  { metadata, text }: PreviewInput,
  { picture, size, mark }: { picture: string; size: { width: number; height: number }; mark: Mark },
): string {
  const hop = `mod(floor(t/${hopSec}),2)`;
  const slowHop = `mod(floor(t/${hopSec * 2}),2)`;
  const left = "W*0.05";
  const range = "(W*0.90-w)";
  const margin = Math.round(Math.min(size.width, size.height) * cornerMargin);
  const first =
    text.aiLabel === null
      ? { x: `${left}+${range}*${hop}`, y: `(H-h)*(0.08+0.26*${slowHop})` }
      : { x: `${margin}+max(0,W-w-${2 * margin})*${hop}`, y: `min(${margin},H-h)` };
  return [
    `[0:i:${metadata.videoTrackId}]${picture},setsar=1[picture]`,
    "[1:v]format=yuva420p,split[one][copy]",
    `[copy]colorchannelmixer=aa=${mark.secondOpacity}[two]`,
    `[picture][one]overlay=x='${first.x}':y='${first.y}'[half]`,
    `[half][two]overlay=x='${left}+${range}*(1-${hop})':y='(H-h)*(0.57-0.04*${slowHop})'[marked]`,
  ].join(";");
}
