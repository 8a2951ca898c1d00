import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ffmpegPath } from "./sample-video.js";

/** Six bars side by side in sRGB: medium colors, a gray and a white. */
export const bars = [
  [200, 60, 60],
  [60, 180, 75],
  [60, 90, 200],
  [220, 190, 60],
  [128, 128, 128],
  [230, 230, 230],
] as const;

export interface BarsVideo {
  size?: string;
  /** Filters from fully tagged RGB to the encoded format. */
  filters: string;
  /** The encoder and the color tags that it writes. */
  options: readonly string[];
}

const exact = "flags=accurate_rnd+full_chroma_int";

/** Without a conversion of primaries, as in nearly all videos. */
export function coded(matrix: string, format: string, range: "tv" | "pc" = "tv"): string {
  return `scale=out_color_matrix=${matrix}:out_range=${range}:${exact},format=${format}`;
}

/** With other primaries or another transfer function. */
export function converted(to: string, format: string): string {
  return `zscale=${to}:range=limited,format=${format}`;
}

export function notes(matrix?: string, primaries?: string, transfer?: string, range?: string): string[] {
  const named = { colorspace: matrix, color_primaries: primaries, color_trc: transfer, color_range: range };
  return Object.entries(named).flatMap(([name, value]) => (value ? [`-${name}`, value] : []));
}

/** One second of the bars. */
export async function makeBarsVideo(path: string, video: BarsVideo): Promise<string> {
  const { size = "640x360", filters, options } = video;
  const [width = 0, height = 0] = size.split("x").map(Number);
  const named = "setparams=range=pc:color_primaries=bt709:color_trc=iec61966-2-1:colorspace=gbr";
  const running = promisify(execFile)(await ffmpegPath(), [
    ...["-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", "5", "-i", "-"],
    ...["-vf", `loop=4:1:0,format=gbrp,${named},${filters}`, ...options, path],
  ]);
  running.child.stdin?.end(barsPicture(width, height));
  await running;
  return path;
}

/** Three bytes per pixel. */
export function barsPicture(width: number, height: number): Buffer {
  const row = Buffer.from(
    Array.from({ length: width }, (_, x) => bars[Math.floor((x * bars.length) / width)] ?? []).flat(),
  );
  return Buffer.concat(Array<Buffer>(height).fill(row));
}

/** The color of each bar: the median of a patch in its middle, which the watermark does not affect. */
export function barsIn(picture: { rgb: Buffer; width: number; height: number }, count: number = bars.length) {
  const { rgb, width, height } = picture;
  return Array.from({ length: count }, (_, bar) => {
    const [left, right] = [(bar + 0.25) / count, (bar + 0.75) / count].map((x) => Math.floor(x * width)) as [
      number,
      number,
    ];
    return [0, 1, 2].map((channel) => {
      const values: number[] = [];
      for (let y = 0; y < height; y++) {
        for (let x = left; x < right; x++) values.push(rgb[(y * width + x) * 3 + channel] as number);
      }
      return values.sort((one, other) => one - other)[values.length >> 1] as number;
    });
  });
}

/** The largest difference in any channel of any bar. */
export function farthestOff(found: readonly (readonly number[])[], wanted: readonly (readonly number[])[]) {
  const differences = wanted.map((bar, at) =>
    bar.map((value, channel) => Math.abs((found[at]?.[channel] ?? 999) - value)),
  );
  return Math.max(...differences.flat());
}
