import type { VideoMetadata } from "./video-metadata.js";

// The only place that decides what a picture's numbers mean. Stills and preview are both made of what
// `toBt709` gives, so that they look alike, and like the clean file in a player that reads its notes.

/** The meaning of a picture's numbers, in ffmpeg's words. */
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
/** Screens show all SDR curves alike, although cameras record them differently. */
const sdrTransfer = "iec61966-2-1";
const otherTransfers: Record<string, string> = { pq: "smpte2084", hlg: "arib-std-b67", linear: "linear" };
/** From so many lines on a picture without notes is taken for BT.709, below for BT.601. */
const hdLinesMin = 720;

/**
 * The light (cd/m²) that becomes SDR's white, before highlights are pressed together. HDR puts white
 * paper at 203 (ITU-R BT.2408), older material at 100: this shows both as white, and neither as pale.
 */
const hdrWhite = 160;
/** Brighter light than this is cut off: what HLG and most screens end at. */
const hdrPeak = 1000;

/** Slower by little, and exact: without them colors are off by up to 3 of 255. */
const exactScaling = "flags=bicubic+accurate_rnd+full_chroma_int";
const bt709Tags = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709";

/**
 * Follows the notes, and the usual rule where they are missing. Lines are counted as the picture is
 * coded, before it is turned, as browsers do: a tall 720x1280 has 1280. A matrix of RGB says that there
 * is none: ffmpeg knows pictures in RGB by their format and passes over the rule's.
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
 * The filters that scale a picture and make it BT.709, limited range, 8 bits, 4:2:0, with notes that
 * say so. Without zscale (a build of ffmpeg may lack it) HDR and wide gamuts stay paler than they are.
 */
export function toBt709(
  facts: Pick<VideoMetadata, "colors" | "codedHeight">,
  { width, height, hasZscale }: { width: number; height: number; hasZscale: boolean },
): string {
  const colors = resolveColors(facts);
  const scale = `scale=${width}:${height}:in_color_matrix=${colors.matrix}:in_range=${colors.range}`;
  const isPlain = colors.primaries === "bt709" && colors.transfer === sdrTransfer;
  if (isPlain || !hasZscale) {
    return `${scale}:out_color_matrix=bt709:out_range=tv:${exactScaling},format=yuv420p,${bt709Tags}`;
  }
  return [
    // RGB, since zscale takes no odd sizes in 4:2:0.
    `${scale}:${exactScaling},format=gbrp16le`,
    `setparams=range=pc:color_primaries=${colors.primaries}:color_trc=${colors.transfer}:colorspace=gbr`,
    ...(colors.transfer === sdrTransfer || colors.transfer === "linear" ? [] : toneMap()),
    `zscale=primaries=bt709:transfer=${sdrTransfer}:matrix=bt709:range=limited,format=yuv444p`,
    `scale=${exactScaling},format=yuv420p,${bt709Tags}`,
  ].join(",");
}

/** Linear light in, linear light out. Hues stay, since all three channels are pressed alike. */
function toneMap(): string[] {
  return [
    `zscale=transfer=linear:npl=${hdrWhite},format=gbrpf32le,zscale=primaries=bt709`,
    `tonemap=mobius:desat=0:peak=${hdrPeak / hdrWhite}`,
  ];
}

/** From what `toBt709` gave to RGB, 8 bits a channel. */
export const bt709ToRgb = `scale=in_color_matrix=bt709:in_range=tv:${exactScaling},format=rgb24`;

/** Notes for the encoder, which older builds do not take from the picture. */
export const bt709Options = [
  ...["-color_range", "tv", "-colorspace", "bt709"],
  ...["-color_primaries", "bt709", "-color_trc", "bt709"],
];
