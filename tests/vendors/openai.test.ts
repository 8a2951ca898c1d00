import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adapter } from "../../src/vendors/adapters/openai.js";
import { type AdapterSetting, adapterSetting, apiKey, smallOrder } from "./support/vendor-setting.js";

let setting: AdapterSetting;
beforeAll(async () => {
  setting = await adapterSetting(adapter);
});
afterAll(() => setting.sandbox.close());

const seen = (prompt: string) => setting.sandbox.control.tasks().find((entry) => entry.prompt === prompt);

describe("the calls of OpenAI's video protocol, over HTTP", () => {
  it("text to video sends prompt, model, size and seconds, and gets a task", async () => {
    const order = { prompt: "a lighthouse", vendorModel: "sora-2", size: "320x180", durationSec: 2 };
    expect(await setting.vendor.submit(order)).toMatchObject({
      kind: "accepted",
      vendorTaskId: expect.stringMatching(/^video_/),
      state: { status: "QUEUED", progress: 0, videoUrl: null, failure: null },
    });
    expect(seen("a lighthouse")).toMatchObject({
      ...{ protocol: "openai", model: "sora-2", size: "320x180", seconds: 2 },
      ...{ hasPicture: false, timesSeen: 1, timesTaken: 1 },
    });
  });

  it("image to video sends the file", async () => {
    const background = { r: 200, g: 30, b: 30 };
    const bytes = await sharp({ create: { width: 64, height: 64, channels: 3, background } })
      .jpeg()
      .toBuffer();
    const image = { fileName: "red.jpg", mimeType: "image/jpeg", bytes };
    expect(await setting.vendor.submit({ ...smallOrder("a picture"), image })).toMatchObject({
      kind: "accepted",
    });
    expect(seen("a picture")).toMatchObject({ hasPicture: true, timesTaken: 1 });
  });

  it("the request is a form with the protocol's field names, seconds as text, and the key", async () => {
    const calls: { request: IncomingMessage; body: string }[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text) => {
        body += text;
      });
      request.on("end", () => {
        calls.push({ request, body });
        response.end('{"id":"video_1","status":"queued"}');
      });
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    // The protocol's own clients are given the address with its version, ours with a path or without.
    for (const path of ["", "/v1", "/gateway/v1/", "/gateway"]) {
      const elsewhere = await adapterSetting(adapter, { baseUrl: `http://127.0.0.1:${port}${path}` });
      await elsewhere.vendor.submit(smallOrder("a form"));
      await elsewhere.sandbox.close();
    }
    server.close();
    expect(calls.map(({ request }) => `${request.method} ${request.url}`)).toEqual([
      "POST /v1/videos",
      "POST /v1/videos",
      "POST /gateway/v1/videos",
      "POST /gateway/v1/videos",
    ]);
    const { request, body } = calls[0]!;
    expect(request.headers).toMatchObject({
      authorization: `Bearer ${apiKey}`,
      "content-type": expect.stringContaining("multipart/form-data"),
    });
    const fields = Object.fromEntries(
      [...body.matchAll(/name="(\w+)"\r\n\r\n([^\r]*)/g)].map(([, name, value]) => [name, value]),
    );
    expect(fields).toEqual({ prompt: "a form", model: "sora2-portrait", size: "160x160", seconds: "1" });
  });

  it("a finished task has no link, and its file comes from /content and requires the key", async () => {
    const id = await setting.submitted("bytes");
    expect(await setting.finished(id)).toMatchObject({ status: "SUCCESS", progress: 100, videoUrl: null });
    const content = `${setting.sandbox.baseUrlFor("openai")}/v1/videos/${id}/content`;
    expect((await fetch(content)).status).toBe(401);
    const file = await setting.vendor.fetch(id, null);
    expect(file).toMatchObject({ kind: "opened", byteLength: expect.any(Number) });
    if (file.kind === "opened") file.body.on("error", () => {}).destroy();
  });

  it.each([
    ["fail", "rejected", "The video could not be generated"],
    ["fail-policy", "content-policy", "guardrails"],
  ])("a task that ends as %s says why by code and message", async (fault, reason, words) => {
    const state = await setting.finished(await setting.submitted(`[fault:${fault}]`));
    expect(state).toMatchObject({ status: "FAILURE", failure: { reason } });
    expect(state.failure?.detail).toContain(words);
  });

  it("a task of another protocol is unknown in this one", async () => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ prompt: "x", model: "m", size: "160x160", seconds: "1" }))
      form.set(name, value);
    const authorization = `Bearer ${apiKey}`;
    const answer = await fetch(`${setting.sandbox.url}/v1/videos`, {
      method: "POST",
      body: form,
      headers: { authorization },
    });
    const { id } = (await answer.json()) as { id: string };
    expect(await setting.vendor.check(id)).toMatchObject({ kind: "unknown-task" });
  });
});

describe("canceling a task", () => {
  beforeAll(() => setting.sandbox.control.setDurationMs(600_000));
  afterAll(() => setting.sandbox.control.setDurationMs(0));
  const cancel = (id: string) => setting.vendor.cancel!(id);

  it("that is queued at the vendor deletes it", async () => {
    const id = await setting.submitted("called off");
    expect(await cancel(id)).toEqual({ kind: "canceled" });
    expect(await setting.vendor.check(id)).toMatchObject({ kind: "unknown-task" });
    expect(seen("called off")).toMatchObject({ canceledIds: [id] });
    expect(await cancel(id)).toEqual({ kind: "too-late" });
  });

  it("that is in progress is too late", async () => {
    setting.sandbox.control.setDurationMs(0);
    const id = await setting.submitted("[fault:stuck] being made");
    await setting.until(id, ({ status }) => status === "IN_PROGRESS");
    expect(await cancel(id)).toEqual({ kind: "too-late" });
    setting.sandbox.control.setDurationMs(600_000);
  });

  it.each([
    ["429:3", { kind: "throttled", retryAfterMs: 3_000 }],
    ["500", { kind: "outcome-unknown" }],
    ["403", { kind: "refused" }],
  ])("answered with %s: that is told", async (fault, wanted) => {
    const id = await setting.submitted(`[fault:cancel-${fault} x1]`);
    expect(await cancel(id)).toMatchObject(wanted);
    expect(await cancel(id)).toEqual({ kind: "canceled" });
  });
});
