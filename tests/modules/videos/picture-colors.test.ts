import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveColors } from "../../../src/modules/videos/files/picture-colors.js";
import {
  type BarsVideo,
  bars,
  barsIn,
  coded,
  converted,
  farthestOff,
  makeBarsVideo,
  notes,
} from "./color-bars.js";
import { ffmpegPath } from "./sample-video.js";
import { type ProcessedVideo, VideoProcessing } from "./video-processing.js";

let processing: VideoProcessing;
beforeAll(async () => {
  processing = await VideoProcessing.open();
});
afterAll(() => processing.close());

let count = 0;
function video(name: string, made: BarsVideo): Promise<string> {
  count += 1;
  return makeBarsVideo(join(processing.folder, `${count}.${name}`), made);
}

const bt709 = { primaries: "bt709", transfer: "bt709", matrix: "bt709", fullRange: false };
const h264 = ["-c:v", "libx264", "-crf", "12"];
const h264Rgb = ["-c:v", "libx264rgb", "-crf", "12"];
const hevc = ["-c:v", "libx265", "-crf", "12", "-x265-params", "log-level=error", "-tag:v", "hvc1"];
const vp9 = ["-c:v", "libvpx-vp9", "-crf", "12", "-b:v", "0"];
const prores = ["-c:v", "prores_ks"];
/** Rewrites the color tags in the stream, as some programs do. */
const noted = (codes: string) => ["-bsf:v", `h264_metadata=${codes}`];
const reserved = "colour_primaries=3:transfer_characteristics=3:matrix_coefficients=3";

const [hd, tall, odd] = ["1280x720", "720x1280", "641x361"];
const kinds: [string, string, BarsVideo][] = [
  ["no notes, below 720 lines", "mp4", { filters: coded("bt601", "yuv420p"), options: h264 }],
  ["no notes, 720 lines", "mp4", { size: hd, filters: coded("bt709", "yuv420p"), options: h264 }],
  ["no notes, upright", "mp4", { size: tall, filters: coded("bt709", "yuv420p"), options: h264 }],
  [
    "BT.601 at 720 lines",
    "mp4",
    { size: hd, filters: coded("bt601", "yuv420p"), options: [...h264, ...notes("smpte170m")] },
  ],
  [
    "BT.601 with its primaries",
    "mp4",
    {
      filters: converted("matrix=170m:primaries=170m", "yuv420p"),
      options: [...h264, ...notes("smpte170m", "smpte170m", "smpte170m")],
    },
  ],
  [
    "BT.709 below 720 lines, only the matrix noted",
    "mp4",
    { filters: coded("bt709", "yuv420p"), options: [...h264, ...notes("bt709")] },
  ],
  [
    "full range with all notes",
    "mp4",
    {
      size: hd,
      filters: coded("bt709", "yuv420p", "pc"),
      options: [...h264, ...notes("bt709", "bt709", "bt709", "pc")],
    },
  ],
  ["full range by its format alone", "mp4", { filters: coded("bt601", "yuvj420p", "pc"), options: h264 }],
  ["RGB in H.264", "mp4", { size: hd, filters: "format=rgb24", options: h264Rgb }],
  ["RGB in HEVC", "mp4", { filters: "format=gbrp", options: hevc }],
  ["RGB in VP9", "mp4", { filters: "format=gbrp", options: vp9 }],
  [
    "BT.2020 in SDR",
    "mp4",
    {
      filters: converted("matrix=2020_ncl:primaries=2020", "yuv420p10le"),
      options: [...hevc, ...notes("bt2020nc", "bt2020", "bt2020-10")],
    },
  ],
  [
    "P3 in an odd size",
    "mp4",
    {
      size: odd,
      filters: converted("matrix=709:primaries=smpte432", "yuv444p"),
      options: [...h264, ...notes("bt709", "smpte432", "bt709")],
    },
  ],
  ["10 bits, 4:2:2", "mov", { size: hd, filters: coded("bt709", "yuv422p10le"), options: prores }],
  ["12 bits, 4:4:4, no notes", "mp4", { filters: coded("bt601", "yuv444p12le"), options: hevc }],
  [
    "transparency",
    "mov",
    { filters: coded("bt601", "yuva444p10le"), options: [...prores, "-profile:v", "4"] },
  ],
  [
    "reserved codes as notes",
    "mp4",
    { size: hd, filters: coded("bt709", "yuv420p"), options: [...h264, ...noted(reserved)] },
  ],
  [
    "the note of RGB on what is none",
    "mp4",
    { filters: coded("bt601", "yuv420p"), options: [...h264, ...noted("matrix_coefficients=0")] },
  ],
  [
    "pixels that are not square",
    "mp4",
    { filters: `${coded("bt601", "yuv420p")},setsar=4/3`, options: h264 },
  ],
];

test.each(kinds)("%s: stills and preview show the right colors", async (_, name, made) => {
  const { still, frame, preview } = await processing.process(await video(`bars.${name}`, made));
  expect(preview.colors).toEqual(bt709);
  for (const picture of [still, frame]) expect(farthestOff(barsIn(picture), bars)).toBeLessThanOrEqual(6);
});

describe("HDR", () => {
  const hdr = (transfer: string, light: number): BarsVideo => ({
    filters: converted(`matrix=2020_ncl:primaries=2020:transfer=${transfer}:npl=${light}`, "yuv420p10le"),
    options: [...hevc, ...notes("bt2020nc", "bt2020", transfer)],
  });

  /** Colors about as saturated and whites about as bright as in SDR. */
  function expectRich({ still, frame, preview }: ProcessedVideo, spread = 0.9, white = 0.9) {
    expect(preview.colors).toEqual(bt709);
    for (const picture of [still, frame]) {
      const found = barsIn(picture);
      for (const [at, wanted] of bars.slice(0, 4).entries()) {
        const bar = found[at] as number[];
        const rich = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
        expect(rich(bar)).toBeGreaterThan(rich(wanted) * spread);
        // The strongest channel stays the strongest.
        expect(bar.indexOf(Math.max(...bar))).toBe(wanted.indexOf(Math.max(...wanted) as never));
      }
      const [grey, light] = [found[4] as number[], found[5] as number[]];
      expect(Math.min(...light)).toBeGreaterThan(230 * white);
      expect(Math.max(...light)).toBeLessThan(250);
      expect(Math.max(...grey) - Math.min(...grey)).toBeLessThan(6);
    }
  }

  test.each(["smpte2084", "arib-std-b67"])(
    "(%s) becomes SDR with a white that is white",
    async (transfer) => {
      expectRich(await processing.process(await video("hdr.mp4", hdr(transfer, 203))));
    },
  );

  test("with paper white at 100 instead of 203 cd/m² is not dark", async () => {
    expectRich(await processing.process(await video("hdr.mp4", hdr("smpte2084", 100))), 0.75, 0.75);
  });

  test("is detected by its transfer function alone", async () => {
    const { filters } = hdr("smpte2084", 203);
    const made = {
      filters,
      options: [...h264, ...noted("transfer_characteristics=16:matrix_coefficients=2")],
    };
    expectRich(await processing.process(await video("hdr.mp4", made)));
  });

  test("is still rendered if ffmpeg was built without zscale", async () => {
    const program = join(processing.folder, "ffmpeg-without-zscale");
    const real = await ffmpegPath();
    const script = `#!/bin/sh
case "$*" in *zscale*) exit 1;; *-filters*) exec ${real} "$@" | grep -v zscale;; *) exec ${real} "$@";; esac`;
    await writeFile(program, script);
    await chmod(program, 0o755);
    const poor = await VideoProcessing.open(program);
    const { still, preview } = await poor.process(await video("hdr.mp4", hdr("smpte2084", 203)));
    expect(preview.colors).toEqual(bt709);
    const [red] = barsIn(still) as [number[]];
    expect(red.indexOf(Math.max(...red))).toBe(0);
    await poor.close();
  });
});

describe("the matrix of a picture", () => {
  const meant = (codedHeight: number, colors = {}) => resolveColors({ codedHeight, colors });
  const sdr = { range: "tv", primaries: "bt709", transfer: "iec61966-2-1" };

  test.each([
    [719, "bt601"],
    [720, "bt709"],
    [1280, "bt709"],
  ])("is with %i lines and no tags %s", (lines, matrix) => {
    expect(meant(lines)).toEqual({ matrix, ...sdr });
  });

  test("comes from the tags if present, whatever the size", () => {
    expect(meant(360, { matrix: "bt709" })).toEqual({ matrix: "bt709", ...sdr });
    expect(meant(1080, { matrix: "smpte170m" })).toEqual({ matrix: "bt601", ...sdr });
    expect(meant(1080, { fullRange: true })).toEqual({ matrix: "bt709", ...sdr, range: "pc" });
    expect(meant(360, { transfer: "hlg" })).toMatchObject({ matrix: "bt2020", primaries: "bt2020" });
    expect(meant(360, { primaries: "bt2020" })).toMatchObject({ matrix: "bt2020", transfer: sdr.transfer });
  });
});
