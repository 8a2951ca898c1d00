import { hdrPeakNits, hdrWhiteNits } from "../../media/index.js";
import type { VideoMetadata } from "./video-metadata.js";

// The only place that interprets the color tags of a video. Stills and preview are both made from the output of
// `toBt709`, so that they look alike, and like the original file in a player that reads its color tags.

/** How a picture encodes colors, with ffmpeg's names. */
interface Colors {
  matrix: "bt601" | "bt709" | "bt2020";
  range: "tv" | "pc";
  primaries: string;
  transfer: string;
}

const matrices: Record<string, Colors["matrix"]> = {
  bt709: "bt709",
  bt470bg: "bt601",
  smpte170m: "bt601",
  "bt2020-ncl": "bt2020",
};
/** Screens show all SDR curves the same way, although cameras record them differently. */
const sdrTransfer = "iec61966-2-1";
const otherTransfers: Record<string, string> = { pq: "smpte2084", hlg: "arib-std-b67", linear: "linear" };
/** Untagged pictures with at least this many lines are read as BT.709, smaller ones as BT.601. */
const hdLinesMin = 720;

/** Slightly slower. Without these flags, colors are off by up to 3 of 255. */
const exactScaling = "flags=bicubic+accurate_rnd+full_chroma_int";
const bt709Tags = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709";

/**
 * Uses the color tags and fills in missing ones by the usual rule. Like browsers, it counts the coded lines before
 * rotation, so an upright 720x1280 has 1280. An RGB matrix tag means that there is no matrix: ffmpeg recognizes RGB
 * pictures by their pixel format and ignores the one from the rule.
 */
export function resolveColors({
  colors,
  codedHeight,
}: Pick<VideoMetadata, "colors" | "codedHeight">): Colors {
  const transfer = otherTransfers[colors.transfer ?? ""] ?? sdrTransfer;
  const isHdr = transfer === "smpte2084" || transfer === "arib-std-b67";
  const isWide = isHdr || colors.primaries === "bt2020";
  const usual = isWide ? "bt2020" : codedHeight >= hdLinesMin ? "bt709" : "bt601";
  const matrix = matrices[colors.matrix ?? ""] ?? usual;
  return {
    matrix,
    range: colors.fullRange ? "pc" : "tv",
    primaries: colors.primaries ?? (matrix === "bt2020" ? "bt2020" : "bt709"),
    transfer,
  };
}

/**
 * Filters that scale a picture and convert it to tagged BT.709, limited range, 8 bits, 4:2:0. Without zscale, which
 * some builds of ffmpeg lack, HDR and wide gamuts come out paler.
 */
export function toBt709(
  metadata: Pick<VideoMetadata, "colors" | "codedHeight">,
  { width, height, hasZscale }: { width: number; height: number; hasZscale: boolean },
): string {
  const colors = resolveColors(metadata);
  const scale = `scale=${width}:${height}:in_color_matrix=${colors.matrix}:in_range=${colors.range}`;
  const isPlain = colors.primaries === "bt709" && colors.transfer === sdrTransfer;
  if (isPlain || !hasZscale) {
    return `${scale}:out_color_matrix=bt709:out_range=tv:${exactScaling},format=yuv420p,${bt709Tags}`;
  }
  return [
    // RGB, because zscale does not accept odd sizes in 4:2:0.
    `${scale}:${exactScaling},format=gbrp16le`,
    `setparams=range=pc:color_primaries=${colors.primaries}:color_trc=${colors.transfer}:colorspace=gbr`,
    ...(colors.transfer === sdrTransfer || colors.transfer === "linear" ? [] : toneMap()),
    `zscale=primaries=bt709:transfer=${sdrTransfer}:matrix=bt709:range=limited,format=yuv444p`,
    `scale=${exactScaling},format=yuv420p,${bt709Tags}`,
  ].join(",");
}

/** Takes and returns linear light. Hues do not shift, because all three channels are compressed equally. */
function toneMap(): string[] {
  return [
    `zscale=transfer=linear:npl=${hdrWhiteNits},format=gbrpf32le,zscale=primaries=bt709`,
    `tonemap=mobius:desat=0:peak=${hdrPeakNits / hdrWhiteNits}`,
  ];
}

/** Converts the output of `toBt709` to RGB with 8 bits per channel. */
export const bt709ToRgb = `scale=in_color_matrix=bt709:in_range=tv:${exactScaling},format=rgb24`;

/** Color tags for the encoder. Older builds do not take them from the frames. */
export const bt709Options = [
  ...["-color_range", "tv", "-colorspace", "bt709"],
  ...["-color_primaries", "bt709", "-color_trc", "bt709"],
];
