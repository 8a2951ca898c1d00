import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BufferSource, EncodedPacketSink, Input, MP4 } from "mediabunny";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Ffmpeg } from "../../src/platform/ffmpeg/ffmpeg.js";
import type { SubmitRequest } from "../../src/vendors/contract.js";
import { ffmpegPath, type VendorSetting, vendorSetting } from "./support/vendor-setting.js";

describe("the sandbox's films", () => {
  let setting: VendorSetting;
  let folder: string;
  const ffmpeg = new Ffmpeg(ffmpegPath, 1);

  beforeAll(async () => {
    setting = await vendorSetting({ oneFilmForAll: false });
    folder = await mkdtemp(join(tmpdir(), "skyriff-films-"));
  });
  afterAll(async () => {
    await setting.sandbox.close();
    await rm(folder, { recursive: true, force: true });
  });

  const film = async (order: Partial<SubmitRequest> & { prompt: string }): Promise<Buffer> => {
    const request = { vendorModel: "sora2-portrait", size: "180x320", durationSec: 2, ...order };
    const result = await setting.vendor.submit(request);
    if (result.kind !== "accepted") throw new Error(JSON.stringify(result));
    const { videoUrl } = await setting.finished(result.vendorTaskId);
    return Buffer.from(await (await fetch(videoUrl ?? "")).arrayBuffer());
  };

  /** One frame as grey or color pixels. */
  const frameOf = async (bytes: Buffer, atSec: number) => {
    const path = join(folder, `${process.hrtime.bigint()}`);
    await writeFile(`${path}.mp4`, bytes);
    const result = await ffmpeg.run({
      inputs: [{ path: `${path}.mp4`, format: "mov", options: ["-ss", String(atSec)] }],
      options: ["-frames:v", "1"],
      outputPath: `${path}.png`,
      timeLimitMs: 30_000,
    });
    expect(result.kind).toBe("done");
    return sharp(`${path}.png`);
  };
  const differenceOf = async (one: Sharp, other: Sharp): Promise<number> => {
    const [a, b] = await Promise.all([one, other].map((image) => image.removeAlpha().raw().toBuffer()));
    if (!a || !b || a.length !== b.length) throw new Error("not the same size");
    return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
  };

  /** Which part of the pixels between two heights is white, as the writing is once it has faded in. */
  const whiteBetween = async (frame: Sharp, top: number, bottom: number): Promise<number> => {
    const { width, height } = await frame.metadata();
    const rows = { top: Math.round(height * top), height: Math.round(height * (bottom - top)) };
    const pixels = await frame
      .clone()
      .extract({ left: 0, width, ...rows })
      .greyscale()
      .raw()
      .toBuffer();
    return pixels.filter((value) => value > 225).length / pixels.length;
  };
  const whiteAtTheFoot = (frame: Sharp) => whiteBetween(frame, 0.6, 1);

  const greenImage = async () => {
    const green = { r: 20, g: 200, b: 40 };
    const picture = sharp({ create: { width: 300, height: 200, channels: 3, background: green } });
    return { fileName: "green.png", mimeType: "image/png", bytes: await picture.png().toBuffer() };
  };

  it.each([
    ["720x1280", 10],
    ["1280x720", 3],
    ["720x720", 2],
  ])(
    "a film of %s and %i s is what was ordered, in codecs that browsers play, and starts at once",
    async (size, seconds) => {
      const bytes = await film({ prompt: `a cat running on grass, ${size}`, size, durationSec: seconds });
      const input = new Input({ source: new BufferSource(bytes), formats: [MP4] });
      const video = await input.getPrimaryVideoTrack();
      const audio = await input.getPrimaryAudioTrack();
      if (!video || !audio) throw new Error("a track is missing");
      expect(`${await video.getDisplayWidth()}x${await video.getDisplayHeight()}`).toBe(size);
      expect([await video.getCodec(), await audio.getCodec()]).toEqual(["avc", "aac"]);
      expect(Math.abs((await video.computeDuration()) - seconds)).toBeLessThan(0.1);
      const packets = new EncodedPacketSink(video);
      const first = await packets.getFirstPacket();
      expect(first?.type).toBe("key");
      expect(bytes.indexOf("moov")).toBeLessThan(bytes.indexOf("mdat"));
    },
  );

  it("it moves, and two prompts look different, while one prompt looks the same again", async () => {
    const [sea, city, again] = [
      await film({ prompt: "a ship on the sea" }),
      await film({ prompt: "a city at night" }),
      await film({ prompt: "a ship on the sea", durationSec: 2 }),
    ];
    expect(await differenceOf(await frameOf(sea, 0.9), await frameOf(sea, 1.8))).toBeGreaterThan(1);
    expect(await differenceOf(await frameOf(sea, 1), await frameOf(city, 1))).toBeGreaterThan(10);
    expect(again.equals(sea)).toBe(true);
  });

  it.each([
    ["in Chinese", "一只猫在草地上奔跑"],
    ["with signs of markup", "shows & <b>markup</b>"],
    ["with emoji and control signs", "🦊 \u0000\u202e emoji"],
    ["though it is very long", "长".repeat(900)],
  ])("the prompt is written in it %s", async (_how, prompt) => {
    const bytes = await film({ prompt });
    const before = await whiteAtTheFoot(await frameOf(bytes, 0));
    const after = await whiteAtTheFoot(await frameOf(bytes, 1.5));
    expect(after - before).toBeGreaterThan(0.004);
  });

  it.each(["180x320", "320x180", "240x240"])(
    "a long prompt keeps to the foot of %s, below the marks of a preview",
    async (size) => {
      const prompt = "a long prompt ".repeat(20);
      const frame = await frameOf(await film({ prompt, size, image: await greenImage() }), 1.5);
      expect(await whiteBetween(frame, 0.66, 1)).toBeGreaterThan(0.01);
      expect(await whiteBetween(frame, 0.45, 0.65)).toBeLessThan(0.001);
    },
  );

  it("a reference picture is what one sees", async () => {
    const image = await greenImage();
    const frame = await frameOf(await film({ prompt: "a picture", image }), 1);
    const corner = await frame.extract({ left: 20, top: 20, width: 60, height: 60 }).stats();
    const [red, greenMean, blue] = corner.channels.map(({ mean }) => mean);
    expect(greenMean).toBeGreaterThan(170);
    expect(Math.max(red ?? 255, blue ?? 255)).toBeLessThan(80);
  });

  it("a reference that is no picture is rejected", async () => {
    const image = { fileName: "x.png", mimeType: "image/png", bytes: Buffer.from("no picture") };
    const request = { prompt: "x", vendorModel: "m", size: "180x320", durationSec: 1, image };
    expect(await setting.vendor.submit(request)).toMatchObject({ kind: "rejected", status: 400 });
  });
});
