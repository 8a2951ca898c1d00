import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseRetryAfterMs } from "../../src/platform/http/retry-after.js";
import { taskResponse } from "../../src/vendors/adapters/dyuapi/responses.js";
import { Redactor } from "../../src/vendors/protocol/redactor.js";
import { parseStatusWord } from "../../src/vendors/protocol/status-words.js";
import { type VendorSetting, vendorSetting } from "./support/vendor-setting.js";

const statuses = ["NOT_START", "QUEUED", "IN_PROGRESS", "SUCCESS", "FAILURE"];

describe("status words", () => {
  it.each([
    ["NOT_START", ["created", "not_start", "not-start", "NOT_START"]],
    ["QUEUED", ["queued", "queue", "pending", "Queued"]],
    ["IN_PROGRESS", ["processing", "in_progress", "in-progress", "IN-PROGRESS", "running"]],
    [
      "SUCCESS",
      ["completed", "complete", "success", "succeeded", "succeed", "finished", "finish", "done", "SUCCEEDED"],
    ],
    [
      "FAILURE",
      [
        "failed",
        "failure",
        "fail",
        "error",
        "Failed",
        "expired",
        "cancelled",
        "canceled",
        "rejected",
        "blocked",
        "timeout",
        "timed_out",
        "TIMED-OUT",
      ],
    ],
  ])("%s has its words, ignoring case and dashes", (status, words) => {
    for (const word of words) expect(parseStatusWord(word)).toEqual({ status, isRecognized: true });
  });

  it("every text maps to one of five states, and an unknown one never ends a task", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("constructor", "__proto__", "")),
        (word) => {
          const { status, isRecognized } = parseStatusWord(word);
          expect(statuses).toContain(status);
          if (!isRecognized) expect(status).toBe("IN_PROGRESS");
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("answers", () => {
  const progressIn = (progress: unknown) =>
    taskResponse.parse({ id: "v", status: "running", progress }).progress;

  it.each([
    ["65%", 65],
    ["65", 65],
    [" 7.9 % ", 7],
    [12.7, 12],
    [-3, 0],
    [250, 100],
    ["1e9%", 100],
    ["soon", null],
    ["", null],
    [null, null],
    [undefined, null],
    [Number.NaN, null],
    [true, null],
    [{ done: 3 }, null],
  ])("progress %j is read as %j", (written, read) => {
    expect(progressIn(written)).toBe(read);
  });

  it("any progress is a whole number from 0 to 100, or none", () => {
    fc.assert(
      fc.property(fc.anything(), (written) => {
        const read = progressIn(written);
        expect(read === null || (Number.isInteger(read) && read >= 0 && read <= 100)).toBe(true);
      }),
    );
  });

  it("invalid fields count as missing, and the rest of the response is read", () => {
    const odd = {
      id: 77,
      status: 5,
      progress: [],
      video_url: {},
      error: 0,
      created_at: "yesterday",
      size: null,
    };
    expect(taskResponse.parse(odd)).toMatchObject({
      ...{ id: "77", statusWord: "", progress: null, videoUrl: null, errorBody: null, createdAt: null },
    });
  });

  it.each([[{}], [{ id: "" }], [{ id: ".." }], [{ id: null }], ["text"], [null], [[]], [{ data: [] }]])(
    "%j has no usable id",
    (answer) => {
      expect(taskResponse.safeParse(answer).success).toBe(false);
    },
  );

  it("times are seconds, in digits or as a number, or ISO text", () => {
    const moment = new Date("2026-01-02T03:04:05.000Z");
    const seconds = moment.getTime() / 1000;
    for (const written of [seconds, String(seconds), moment.toISOString()]) {
      expect(taskResponse.parse({ id: "v", created_at: written }).createdAt).toEqual(moment);
    }
  });

  it("Retry-After is seconds or a date, never negative, never for ever", () => {
    const read = (header: string | undefined) =>
      parseRetryAfterMs({ date: "Thu, 01 Jan 2026 00:00:00 GMT", "retry-after": header });
    expect(read("3")).toBe(3000);
    expect(read("Thu, 01 Jan 2026 00:01:00 GMT")).toBe(60_000);
    expect(read("Wed, 31 Dec 2025 00:00:00 GMT")).toBe(0);
    expect(read("999999999999")).toBe(86_400_000);
    for (const nonsense of [undefined, "", "soon", "-5x"]) expect(read(nonsense)).toBeNull();
  });

  it("a secret is cut out wherever it stands, also where the cut to length would have split it", () => {
    const redactor = new Redactor(["sk-1+2"]);
    expect(redactor.clean("a sk-1+2 b sk-1%2B2 c Bearer abc.def", 100)).toBe(
      "a [redacted] b [redacted] c Bearer [redacted]",
    );
    expect(redactor.clean("12345sk-1+2", 8)).toBe("12345[re");
  });
});

describe("the forms in which the vendor has answered over time", () => {
  let setting: VendorSetting;
  beforeAll(async () => {
    setting = await vendorSetting();
  });
  afterAll(() => setting.sandbox.close());

  it.each([
    "data",
    "url",
    "iso",
    "words",
    "progress-text",
    "progress-none",
    "progress-wild",
    "data,url,iso,words",
  ])("%s: the same video comes out", async (forms) => {
    const id = await setting.submitted(`[fault:forms:${forms}]`);
    const state = await setting.finished(id);
    expect(state).toMatchObject({ status: "SUCCESS", failure: null });
    expect(state.videoUrl).toBe(`${setting.sandbox.url}/files/${id}.mp4`);
    const detail = await setting.vendor.client.getVideoDetail(id);
    expect(detail).toMatchObject({ kind: "ok", value: { id, videoUrl: state.videoUrl, width: 160 } });
  });

  it.each([
    ["fail", "", "rejected", "The video could not be generated"],
    ["fail", "[fault:forms:string-error]", "rejected", "generation_failed"],
    ["fail-policy", "", "content-policy", "guardrails"],
    ["fail-policy", "[fault:forms:string-error,data]", "content-policy", "content_policy_violation"],
  ])("a task that ends as %s %s says why", async (fault, form, reason, words) => {
    const state = await setting.finished(await setting.submitted(`[fault:${fault}]${form}`));
    expect(state).toMatchObject({ status: "FAILURE", videoUrl: null, failure: { reason } });
    expect(state.failure?.detail).toContain(words);
  });

  it("an unknown status word counts as in progress and is logged", async () => {
    setting.sandbox.control.setDurationMs(1_000);
    const id = await setting.submitted("[fault:unknown-status]");
    await setting.until(id, ({ progress }) => (progress ?? 0) > 0);
    expect(setting.logLines.some((line) => line.includes("warming_up") && line.includes('"warn"'))).toBe(
      true,
    );
    expect(await setting.finished(id)).toMatchObject({ status: "SUCCESS" });
  });

  it("decreasing progress is reported as is; tasks prevent the decrease", async () => {
    setting.sandbox.control.setDurationMs(2_000);
    const id = await setting.submitted("[fault:progress-back]");
    const told: (number | null)[] = [];
    await setting.until(id, ({ progress, status }) => {
      if (told.at(-1) !== progress) told.push(progress);
      return status === "SUCCESS";
    });
    expect(told).toContain(70);
    expect(told.slice(told.indexOf(70))).toContain(30);
    setting.sandbox.control.setDurationMs(0);
  });

  it("a stuck task never ends, and a late one still succeeds", async () => {
    const stuck = await setting.submitted("[fault:stuck]");
    const late = await setting.submitted("[fault:success-late:600]");
    expect(await setting.stateOf(late)).toMatchObject({
      status: expect.stringMatching(/QUEUED|IN_PROGRESS/),
    });
    expect(await setting.finished(late)).toMatchObject({ status: "SUCCESS" });
    expect(await setting.stateOf(stuck)).toMatchObject({ status: "IN_PROGRESS" });
  });

  it("an id that the vendor does not have is an unknown task", async () => {
    expect(await setting.vendor.check("video_nobody")).toMatchObject({ kind: "unknown-task" });
    expect(await setting.vendor.check("../control/tasks")).toMatchObject({ kind: "unknown-task" });
  });
});
