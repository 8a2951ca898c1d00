import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Ffmpeg } from "../../../platform/ffmpeg/ffmpeg.js";
import { drawCaption } from "./caption.js";
import { drawClouds, drawLand, drawSky, drawSvg, even, type Frame, type Layer } from "./landscape.js";
import { type FilmStyle, getStyle } from "./style.js";
import { drawTraveler } from "./traveler.js";

export interface FilmSpec extends Frame {
  prompt: string;
  /** Path of an image that replaces the landscape as the moving background. */
  picture: string | null;
  watermark: boolean;
}

/**
 * Renders the film of a prompt as an mp4 with h264 and aac that browsers can stream. The layers are drawn
 * once, and each frame only moves and blends them, so ten seconds of 720p take about two on one core.
 */
export async function renderFilm(spec: FilmSpec, target: string, ffmpeg: Ffmpeg, signal: AbortSignal) {
  signal.throwIfAborted();
  const style = getStyle(spec.prompt);
  const [backdrop, ...layers] = await (spec.picture ? drawPicture(spec, style) : drawScene(spec, style));
  const caption = await drawCaption(spec.prompt, spec.watermark ? "WATERMARKED · SANDBOX" : "SANDBOX", spec);
  const { width, height, seconds } = spec;
  const line = await drawSvg(
    width,
    6,
    '<rect width="100%" height="6" fill="#fff" opacity=".85"/>',
  ).toBuffer();
  layers.push(caption, { png: line, x: `-${width}+${width}*t/${seconds}`, y: "0" });
  const still = (format: string) =>
    `scale=out_color_matrix=bt709:out_range=tv,format=${format},loop=loop=-1:size=1:start=0,setpts=N/(24*TB)`;
  const fade = (layer: Layer) => (layer === caption ? ",fade=in:0:14:alpha=1" : "");
  const filters = [
    // 4:4:4 lets the crop move by single pixels, which slow moves over a picture need.
    `[0:v]${still(spec.picture ? "yuv444p" : "yuv420p")},crop=${width}:${height}:${backdrop.x}:${backdrop.y},format=yuv420p[s0]`,
    ...layers.map((layer, at) => `[${at + 1}:v]${still("yuva420p")}${fade(layer)}[l${at}]`),
    ...layers.map(({ x, y }, at) => `[s${at}][l${at}]overlay=x=${x}:y=${y}[s${at + 1}]`),
    `${getTune(style)}:s=32000:d=${seconds}[tune]`,
  ];
  const folder = await mkdtemp(`${target}-`);
  try {
    const pictures = [backdrop, ...layers].map(({ png }, at) => ({ png, path: join(folder, `${at}.png`) }));
    await Promise.all(pictures.map(({ png, path }) => writeFile(path, png)));
    const result = await ffmpeg.run({
      inputs: pictures.map(({ path }) => ({ path, format: "png_pipe", options: ["-framerate", "24"] })),
      options: [
        ...["-filter_complex", filters.join(";"), "-map", `[s${layers.length}]`, "-map", "[tune]"],
        ...["-t", `${seconds}`, "-r", "24", "-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart"],
        ...["-c:v", "libx264", "-preset", "ultrafast", "-threads", "2", "-crf", "23", "-pix_fmt", "yuv420p"],
        ...["-x264-params", "cabac=1:deblock=0,0:partitions=none:scenecut=0:keyint=72"],
        ...["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"],
      ],
      ...{ outputPath: join(folder, "film.mp4"), timeLimitMs: 120_000, signal },
    });
    if (result.kind !== "done")
      throw new Error(`ffmpeg could not render the film: ${JSON.stringify(result)}`);
    await rename(join(folder, "film.mp4"), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From back to front. */
function drawScene(frame: Frame, style: FilmStyle): Promise<[Layer, ...Layer[]]> {
  const moving = [drawClouds(style, frame), ...drawLand(style, frame)];
  moving.splice({ cat: 3, boat: 2 }[style.traveler as string] ?? 1, 0, drawTraveler(style, frame));
  return Promise.all([drawSky(style, frame), ...moving]);
}

/** The camera sways over a picture that is larger than the frame. */
async function drawPicture(spec: FilmSpec, { direction }: FilmStyle): Promise<[Layer]> {
  const [width, height] = [even(spec.width * 1.22), even(spec.height * 1.22)];
  const png = await sharp(spec.picture ?? "", { limitInputPixels: 50_000_000 })
    .rotate()
    .resize(width, height, { fit: "cover", position: "attention" })
    .flatten({ background: "#202428" })
    .png({ compressionLevel: 1 })
    .toBuffer();
  const sway = (room: number, phase: number) => `${room / 2}*(1+sin(${direction}*t*0.55+${phase}))`;
  return [{ png, x: sway(width - spec.width, -0.8), y: sway(height - spec.height, 0.6) }];
}

/** A quiet tune of eight plucked notes over a bass. It is pentatonic, so any order of notes sounds good. */
function getTune({ pick }: FilmStyle): string {
  const base = 220 * 2 ** (pick([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) / 12);
  const [inTune, inNote] = ["mod(t\\,3.2)", "mod(t\\,0.4)"];
  const steps = Array.from({ length: 8 }, (_, at) => {
    const hertz = base * 2 ** (pick([0, 2, 4, 7, 9, 12, 14, 16]) / 12);
    return `if(lt(${inTune}\\,${(at + 1) * 0.4})\\,${hertz.toFixed(2)}\\,`;
  });
  const hertz = `${steps.join("")}0${")".repeat(8)}`;
  const pluck = `0.22*min(1\\,150*${inNote})*exp(-6*${inNote})*sin(2*PI*(${hertz})*${inNote})`;
  const bass = `0.16*min(1\\,60*${inTune})*exp(-1.3*${inTune})*sin(PI*${base.toFixed(2)}*${inTune})`;
  return `aevalsrc=exprs=${pluck}+${bass}`;
}
