import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newProgress } from "../../src/cli/demo/progress.js";
import { drawTable } from "../../src/cli/demo/table.js";
import { pictureAt } from "../modules/videos/sample-video.js";
import { runCommand } from "../support/command.js";
import { fixedCode, smallFilms } from "../support/product.js";
import { ServerProcess } from "../support/server-process.js";

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), "skyriff-demo-out-"));
});
afterAll(async () => {
  await ServerProcess.killAll();
  rmSync(out, { recursive: true, force: true });
});

const demo = (args: string[], settings: Record<string, string> = {}) =>
  runCommand({ SANDBOX_DURATION_MS: "500", ...settings }, "demo", ...args, "--out", out);

const isMp4 = (name: string) => readFileSync(join(out, name)).subarray(4, 8).toString("latin1") === "ftyp";

describe("the demo", () => {
  test("starts the product itself, makes a video, leaves both files and the statement, and publishes it, all by documents of the manifest", async () => {
    const ran = await demo(["a cat on a roof", "--publish"], { TRUSTED_DOCUMENTS: "only" });
    expect(ran).toMatchObject({ code: 0, stderr: "" });
    expect(isMp4("preview.mp4") && isMp4("clean.mp4")).toBe(true);
    expect(ran.stdout).toMatch(/Held for a video +-10 +90/);
    expect(ran.stdout).toMatch(/Download without watermark +-6 +84/);
    expect(ran.stdout).toContain(join(out, "clean.mp4"));
    expect(ran.stdout).toContain('published as "a cat on a roof"');
    const author = /logged in as (.+?) \(/.exec(ran.stdout)?.[1];
    expect(ran.stdout).toMatch(new RegExp(`→ +1 +a cat on a roof +${author} +0 +0 +0 +0`));
  });

  test("plays the story of three people to the last coin, by documents of the manifest", async () => {
    const settings = { TRUSTED_DOCUMENTS: "only", MODEL_CATALOG: smallFilms(out) };
    const { code, stdout, stderr } = await demo(["a cat on a roof", "--community"], settings);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const incomes = [...stdout.matchAll(/^ +(a tip|the prompt|a remix.*?) {2,}.* (\d+\.\d{4})$/gm)];
    expect(incomes.map(([, from, coins]) => [from, coins])).toEqual([
      ["a tip", "0.9000"],
      ["the prompt", "0.2250"],
      ["a remix", "0.0900"],
      ["a remix, 1 step below", "0.0270"],
      ["a remix", "0.0630"],
    ]);
    expect([...stdout.matchAll(/(\d+) credits free, 0 held/g)].map(([, free]) => free)).toEqual([
      "90",
      "63",
      "88",
    ]);
    expect(stdout).toMatch(/✓ every invariant holds\n$/);
  });

  test("against a running server starts from a picture; without a video it shows why and the refund, and exits 1", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "skyriff-demo-server-"));
    const server = await ServerProcess.start({
      ...{ DATA_DIR: dataDir, SMS_FIXED_CODE: fixedCode },
      DOWNLOAD_TERMS_FILE: "deploy/download-terms.example.json",
      MODEL_CATALOG: smallFilms(dataDir),
    });
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
      expect(fromPicture.stdout).toContain("accepted the terms 2026-11");
      expect(fromPicture.stdout).not.toContain("published");
      const { rgb } = await pictureAt(join(out, "clean.mp4"), 5, 9, 16);
      const middle = [...rgb.subarray(3 * (4 * 9 + 4), 3 * (4 * 9 + 5))];
      // The frame shows the picture that the vendor was sent: red, hardly any green, some blue.
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

  test("draws tables whose columns line up under Chinese titles too", () => {
    const rows = [
      ["title", "likes"],
      ["归舟，晚风", "12"],
      ["Morning run", "3"],
    ];
    expect(drawTable(rows, { numbersFrom: 1 }).split("\n")).toEqual([
      "  title         likes",
      "  ───────────────────",
      "  归舟，晚风       12",
      "  Morning run       3",
    ]);
  });

  test("fails with a message if no server responds at the URL", async () => {
    const ran = await demo(["x", "--url", "http://127.0.0.1:9"]);
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining("There is no SkyRiff server") });
  });
});
