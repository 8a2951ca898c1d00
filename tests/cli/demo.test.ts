import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newProgress } from "../../src/cli/demo/progress.js";
import { pictureAt } from "../modules/videos/sample-video.js";
import { fixedCode } from "../support/product.js";
import { ServerProcess } from "../support/server-process.js";

const run = promisify(execFile);
let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), "skyriff-demo-out-"));
});
afterAll(async () => {
  await ServerProcess.killAll();
  rmSync(out, { recursive: true, force: true });
});

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

async function demo(args: string[], settings: Record<string, string> = {}): Promise<Ran> {
  const env = { PATH: process.env.PATH, SANDBOX_DURATION_MS: "500", ...settings };
  const ran = run(process.execPath, ["src/cli/bin.mjs", "demo", ...args, "--out", out], { env });
  return ran.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ran) => error,
  );
}

const isMp4 = (name: string) => readFileSync(join(out, name)).subarray(4, 8).toString("latin1") === "ftyp";

describe("the demo", { timeout: 180_000 }, () => {
  test("starts the product itself, makes a video and leaves both files and the statement, all by documents of the manifest", async () => {
    const ran = await demo(["a cat running on grass"], { TRUSTED_DOCUMENTS: "only" });
    expect(ran.stderr).toBe("");
    expect(ran.code).toBe(0);
    expect(isMp4("preview.mp4") && isMp4("clean.mp4")).toBe(true);
    expect(ran.stdout).toMatch(/Held for a video +-10 +90/);
    expect(ran.stdout).toMatch(/Download without watermark +-6 +84/);
    expect(ran.stdout).toContain(join(out, "clean.mp4"));
  });

  test("against a running server starts from a picture; without a video it shows why and the refund, and exits 1", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "skyriff-demo-server-"));
    const server = await ServerProcess.start({ DATA_DIR: dataDir, SMS_FIXED_CODE: fixedCode });
    try {
      const ran = await demo(["nothing [fault:reject]", "--url", server.url, "--code", fixedCode]);
      expect(ran.code).toBe(1);
      expect(ran.stderr).toContain("VENDOR_REJECTED");
      expect(ran.stdout).toContain("100 credits free, 0 held");
      const picture = join(out, "magenta.png");
      await sharp({ create: { width: 300, height: 500, channels: 3, background: "#c2185b" } }).toFile(
        picture,
      );
      const other = ["--phone", "+8613800138002", "--code", fixedCode];
      const fromPicture = await demo(["pink", "--url", server.url, ...other, "--image", picture]);
      expect(fromPicture).toMatchObject({ code: 0, stderr: "" });
      expect(fromPicture.stdout).toContain("uploaded magenta.png: 300x500");
      const { rgb } = await pictureAt(join(out, "clean.mp4"), 5, 9, 16);
      const middle = [...rgb.subarray(3 * (4 * 9 + 4), 3 * (4 * 9 + 5))];
      // What the vendor was sent is what can be seen: red, hardly any green, some blue.
      expect(middle.map((channel, at) => Math.abs(channel - [0xc2, 0x18, 0x5b][at]!) < 40)).toEqual([
        true,
        true,
        true,
      ]);
      const wrong = await demo(["x", "--url", server.url, "--code", "000000", "--phone", "+8613800138001"]);
      expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining("INVALID_LOGIN_CODE") });
    } finally {
      await server.kill("SIGTERM");
      rmSync(dataDir, { recursive: true, force: true });
    }
  });

  test("fails before it creates a task if the picture does not exist", async () => {
    const ran = await demo(["x", "--image", join(out, "nowhere.png")]);
    expect(ran).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("There is no picture"),
    });
  });

  test("shows the estimated duration when the server has one", () => {
    const said: string[] = [];
    const bar = newProgress({ isTTY: false, write: (text: string) => said.push(text) } as never);
    const inSec = (sec: number) => new Date(Date.now() + sec * 1000).toISOString();
    bar.show({ status: "QUEUED", progress: 0, estimatedFinishAt: null });
    bar.show({ status: "IN_PROGRESS", progress: 40, estimatedFinishAt: inSec(90) });
    bar.show({ status: "IN_PROGRESS", progress: 99, estimatedFinishAt: inSec(-1) });
    expect(said).toEqual([
      "    0 %  waiting at the vendor\n",
      expect.stringMatching(/^ {3}40 % {2}being made, about (89|90) s left\n$/),
      "   99 %  being made, ready any moment\n",
    ]);
  });

  test("fails with a message if no server responds at the URL", async () => {
    const ran = await demo(["x", "--url", "http://127.0.0.1:9"]);
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining("There is no SkyRiff server") });
  });
});
