import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import type { Ffmpeg, FfmpegWork } from "../../../platform/ffmpeg.js";
import { captionOf } from "./caption.js";
import { type Look, lookOf } from "./look.js";
import { cloudsOf, even, type Frame, type Layer, landOf, skyOf } from "./scenery.js";
import { soundtrackOf } from "./soundtrack.js";
import { travellerOf } from "./traveller.js";

export interface FilmSpec extends Frame {
  prompt: string;
  /** Shown as the moving background in place of a drawn landscape. The path of a file in any format that sharp reads. */
  picture: string | null;
  watermark: boolean;
}

export const framesPerSecond = 24;

interface Stage {
  /** Opaque and at least as large as the frame; `crop` moves the frame over it. */
  backdrop: Buffer;
  crop: string;
  /** 4:4:4 lets the crop move by single pixels, which slow moves over a photograph need. */
  pixels: "yuv420p" | "yuv444p";
  layers: { png: Buffer; x: string; y: string; fadeIn: boolean }[];
}

/**
 * Draws the film of a prompt: h264 and aac in an mp4 that a browser can start to play at once. The
 * still parts are drawn once; per frame there is only sliding and blending, so that ten seconds of
 * 720p take about two on one core.
 */
export async function drawFilm(
  spec: FilmSpec,
  target: string,
  ffmpeg: Ffmpeg,
  signal: AbortSignal,
): Promise<void> {
  const look = lookOf(spec.prompt);
  const stage = spec.picture
    ? await pictureStage(spec, spec.picture, look)
    : await landscapeStage(spec, look);
  const folder = await mkdtemp(`${target}-`);
  try {
    const pictures = [stage.backdrop, ...stage.layers.map((layer) => layer.png)];
    await Promise.all(pictures.map((png, at) => writeFile(join(folder, `${at}.png`), png)));
    const result = await ffmpeg.run({
      ...filmWork(spec, stage, soundtrackOf(look, spec.seconds), folder),
      signal,
    });
    if (result.kind !== "done") throw new Error(`The film was not made: ${JSON.stringify(result)}`);
    await rename(join(folder, "film.mp4"), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function landscapeStage(spec: FilmSpec, look: Look): Promise<Stage> {
  const sky = skyOf(look, spec);
  const clouds = cloudsOf(look, spec);
  const land = landOf(look, spec);
  const traveller = travellerOf(look, spec);
  const behind = { boat: 1, cat: 2 }[look.traveller as string] ?? 0;
  const moving = [clouds, ...land.slice(0, behind), traveller, ...land.slice(behind)];
  const [backdrop, front, ...layers] = await Promise.all([
    drawSvg(sky.svg),
    frontLayers(spec),
    ...moving.map(async ({ svg, x, y }: Layer) => ({ png: await drawSvg(svg), x, y, fadeIn: false })),
  ]);
  const tilt = sky.height - spec.height;
  return {
    backdrop,
    crop: `crop=${spec.width}:${spec.height}:0:${tilt}*(1-t/${spec.seconds})`,
    pixels: "yuv420p",
    layers: [...layers, ...front],
  };
}

async function pictureStage(spec: FilmSpec, picture: string, look: Look): Promise<Stage> {
  const width = even(spec.width * 1.22);
  const height = even(spec.height * 1.22);
  const backdrop = await sharp(picture, { limitInputPixels: 50_000_000 })
    .rotate()
    .resize(width, height, { fit: "cover", position: "attention" })
    .flatten({ background: "#202428" })
    .png({ compressionLevel: 1 })
    .toBuffer();
  const sway = (room: number, phase: number) => `${room / 2}*(1+sin(${look.direction}*t*0.55+${phase}))`;
  const crop = `crop=${spec.width}:${spec.height}:${sway(width - spec.width, -0.8)}:${sway(height - spec.height, 0.6)}`;
  return { backdrop, crop, pixels: "yuv444p", layers: await frontLayers(spec) };
}

/** What stands before every background: the prompt, and a line at the top that fills with time. */
async function frontLayers(spec: FilmSpec): Promise<Stage["layers"]> {
  const caption = await captionOf(spec.prompt, spec, spec.watermark);
  const line = await sharp({
    create: {
      width: spec.width,
      height: 6,
      channels: 4,
      background: { r: 255, g: 255, b: 255, alpha: 0.85 },
    },
  })
    .png()
    .toBuffer();
  return [
    { png: caption.png, x: "0", y: `${caption.top}`, fadeIn: true },
    { png: line, x: `-${spec.width}+${spec.width}*t/${spec.seconds}`, y: "0", fadeIn: false },
  ];
}

const drawSvg = (svg: string) =>
  sharp(Buffer.from(svg), { unlimited: true }).png({ compressionLevel: 1 }).toBuffer();

function filmWork(spec: FilmSpec, stage: Stage, soundtrack: string, folder: string): FfmpegWork {
  const still = (format: string) =>
    `scale=out_color_matrix=bt709:out_range=tv,format=${format},loop=loop=-1:size=1:start=0,setpts=N/(${framesPerSecond}*TB)`;
  const chains = [`[0:v]${still(stage.pixels)},${stage.crop},format=yuv420p[s0]`, `${soundtrack}[tune]`];
  stage.layers.forEach((layer, at) => {
    const fade = layer.fadeIn ? ",fade=in:0:14:alpha=1" : "";
    chains.push(`[${at + 1}:v]${still("yuva420p")}${fade}[l${at}]`);
    chains.push(`[s${at}][l${at}]overlay=x=${layer.x}:y=${layer.y}[s${at + 1}]`);
  });
  return {
    inputs: [stage.backdrop, ...stage.layers].map((_, at) => ({
      path: join(folder, `${at}.png`),
      format: "png_pipe",
      options: ["-framerate", `${framesPerSecond}`],
    })),
    options: [
      ...["-filter_complex", chains.join(";"), "-map", `[s${stage.layers.length}]`, "-map", "[tune]"],
      ...["-t", `${spec.seconds}`, "-r", `${framesPerSecond}`],
      ...["-c:v", "libx264", "-preset", "ultrafast", "-threads", "2", "-crf", "23", "-pix_fmt", "yuv420p"],
      ...["-x264-params", "cabac=1:deblock=0,0:partitions=none:scenecut=0:keyint=72"],
      ...["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709"],
      ...["-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart"],
    ],
    outputPath: join(folder, "film.mp4"),
    timeLimitMs: 120_000,
  };
}
