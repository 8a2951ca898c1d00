import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiKey, smallOrder, type VendorSetting, vendorSetting } from "./support/vendor-setting.js";

describe("the eight calls of the DyuAPI protocol, over HTTP", () => {
  let setting: VendorSetting;
  let picture: Buffer;
  const order = { prompt: "a lighthouse", vendorModel: "sora2-landscape", size: "320x180", durationSec: 2 };
  const calls = () => setting.vendor.client;
  const seen = (prompt: string) => setting.sandbox.control.tasks().find((entry) => entry.prompt === prompt);

  beforeAll(async () => {
    setting = await vendorSetting();
    const background = { r: 200, g: 30, b: 30 };
    picture = await sharp({ create: { width: 64, height: 64, channels: 3, background } })
      .jpeg()
      .toBuffer();
  });
  afterAll(() => setting.sandbox.close());

  it("text to video sends prompt, model, size and seconds, and gets a task", async () => {
    const result = await calls().createFromText(order);
    expect(result).toMatchObject({
      kind: "ok",
      value: {
        id: expect.stringMatching(/^video_/),
        statusWord: "queued",
        progress: 0,
        model: "sora2-landscape",
      },
    });
    expect(seen("a lighthouse")).toMatchObject({
      ...{ model: "sora2-landscape", size: "320x180", seconds: 2 },
      ...{ hasPicture: false, timesSeen: 1, timesTaken: 1 },
    });
  });

  it("image to video by a file sends the file", async () => {
    const image = { fileName: "red.jpg", mimeType: "image/jpeg", bytes: picture };
    const result = await calls().createFromImageFile({ ...order, prompt: "by file" }, image);
    expect(result).toMatchObject({ kind: "ok", value: { size: "320x180" } });
    expect(seen("by file")).toMatchObject({ hasPicture: true, timesTaken: 1 });
  });

  it("image to video by URL lets the vendor fetch the picture", async () => {
    const pictures = createServer((_request, response) => response.end(picture)).listen(0, "127.0.0.1");
    await new Promise((resolve) => pictures.once("listening", resolve));
    const address = `http://127.0.0.1:${(pictures.address() as AddressInfo).port}/red.jpg`;
    const result = await calls().createFromImageUrl({ ...order, prompt: "by address" }, address);
    pictures.close();
    expect(result).toMatchObject({ kind: "ok" });
    expect(seen("by address")).toMatchObject({ hasPicture: true, timesTaken: 1 });
  });

  it("a task has times, and a link when it is complete", async () => {
    const id = await setting.submitted("state");
    await setting.finished(id);
    const result = await calls().getTask(id);
    expect(result).toMatchObject({
      kind: "ok",
      value: {
        ...{ id, statusWord: "completed", progress: 100, errorBody: null },
        videoUrl: `${setting.sandbox.url}/files/${id}.mp4`,
        ...{ createdAt: expect.any(Date), startedAt: expect.any(Date), completedAt: expect.any(Date) },
      },
    });
  });

  it("the video's detail has dimensions, size and a working thumbnail URL", async () => {
    const id = await setting.submitted("detail");
    await setting.finished(id);
    const result = await calls().getVideoDetail(id);
    expect(result).toMatchObject({
      kind: "ok",
      value: { id, durationSec: 1, width: 160, height: 160, size: expect.any(Number) },
    });
    const thumbnail = await fetch(result.kind === "ok" ? (result.value.thumbnailUrl ?? "") : "");
    expect(await sharp(Buffer.from(await thumbnail.arrayBuffer())).metadata()).toMatchObject({
      format: "jpeg",
      width: 160,
    });
  });

  it("the detail of a task that is not ready is not found", async () => {
    const id = await setting.submitted("[fault:stuck] detail");
    expect(await calls().getVideoDetail(id)).toMatchObject({ kind: "not-found" });
  });

  it("a published post's clean links are real files", async () => {
    const result = await calls().getPostLinks("https://sora.example/p/s_123");
    if (result.kind !== "ok") throw new Error(JSON.stringify(result));
    const { value: links } = result;
    expect(Object.keys(links).sort()).toEqual(["gif", "md", "mp4", "mp4_wm", "thumbnail"]);
    const clean = await fetch(links.mp4 ?? "", { headers: { range: "bytes=4-7" } });
    expect([clean.status, await clean.text()]).toEqual([206, "ftyp"]);
    const gif = await fetch(links.gif ?? "");
    expect(
      Buffer.from(await gif.arrayBuffer())
        .subarray(0, 3)
        .toString(),
    ).toBe("GIF");
  });

  it("a draft's clean link needs an access token, which no response contains", async () => {
    const result = await calls().getDraftLinks("token-of-a-person");
    expect(result).toMatchObject({
      kind: "ok",
      value: { mp4: expect.stringContaining("/files/draft_") },
    });
    expect(JSON.stringify(result)).not.toContain("token-of-a-person");
  });

  it("a chat with any other model returns its text", async () => {
    expect(await calls().chat("gpt-any", "hello")).toMatchObject({
      kind: "ok",
      value: "The sandbox heard: hello",
    });
  });

  it("an invalid post URL is rejected", async () => {
    expect(await calls().getPostLinks("no address")).toMatchObject({ kind: "rejected", status: 400 });
  });

  it("a base URL may have a path, and a 404 below it is a configuration error, not the user's", async () => {
    const elsewhere = await vendorSetting({ baseUrl: `${setting.sandbox.url}/gateway/` });
    expect(await elsewhere.vendor.submit(smallOrder("lost"))).toMatchObject({ kind: "refused", status: 404 });
    await elsewhere.sandbox.close();
  });

  it("a wrong key is refused and redacted in results and logs, although the vendor echoes it", async () => {
    const wrongKey = "sk-wrong-91ab";
    const stranger = await vendorSetting({ key: wrongKey, baseUrl: setting.sandbox.url });
    const results = [
      await stranger.vendor.submit(smallOrder("x")),
      await stranger.vendor.check("video_1"),
      await stranger.vendor.fetch("video_1", null),
      await stranger.vendor.client.chat("any", "x"),
    ];
    for (const result of results) expect(result).toMatchObject({ kind: "refused", status: 401 });
    expect(JSON.stringify(results)).toContain("[redacted]");
    expect(JSON.stringify(results) + stranger.logLines.join("")).not.toContain(wrongKey);
    expect(stranger.logLines.length).toBeGreaterThan(3);
    await stranger.sandbox.close();
  });

  it("a key that the vendor echoes in a successful response is redacted", async () => {
    const result = await calls().chat("any", `my key is ${apiKey}`);
    expect(result.kind === "ok" && result.answer).toContain("[redacted]");
    expect(result.kind === "ok" && result.answer).not.toContain(apiKey);
  });
});
