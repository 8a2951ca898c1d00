import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { Ffmpeg, type FfmpegJob } from "../../../src/platform/ffmpeg/ffmpeg.js";
import { findFfmpegPath } from "../../../src/platform/ffmpeg/ffmpeg-path.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { ffmpegPath, makeSample } from "./sample-video.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let sample: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  sample = await makeSample(join(folder.path, "sample.mp4"));
});
afterAll(() => folder.remove());

const inFolder = (name: string) => join(folder.path, name);
const work = (changed: Partial<FfmpegJob> = {}): FfmpegJob => ({
  inputs: [{ path: sample, format: "mov" }],
  options: ["-c", "copy", "-f", "mp4"],
  outputPath: inFolder("out.mp4"),
  timeLimitMs: 30_000,
  ...changed,
});
/** Reads in real time: two seconds, nearly all of them idle. */
const slow = { inputs: [{ path: "", format: "mov" as const, options: ["-re"] }] };
const slowWork = (changed: Partial<FfmpegJob> = {}) =>
  work({ inputs: slow.inputs.map((input) => ({ ...input, path: sample })), ...changed });

/** A script in place of ffmpeg that records how it is started. Its last argument is `file:<output>`. */
async function standIn(name: string, body: string): Promise<string> {
  const path = inFolder(name);
  const head = `#!${process.execPath}\nconst fs = require("node:fs"), out = process.argv.at(-1).slice(5);\n`;
  await writeFile(path, head + body);
  await chmod(path, 0o755);
  return path;
}

const textOf = (path: string) => readFile(path, "utf8").catch(() => "");
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a run of ffmpeg", () => {
  test("that succeeds is done", async () => {
    const ffmpeg = new Ffmpeg(await ffmpegPath(), 1);
    expect(await ffmpeg.run(work())).toEqual({ kind: "done" });
    expect((await stat(inFolder("out.mp4"))).size).toBeGreaterThan(1000);
  });

  test("over its time limit is killed", async () => {
    const program = await standIn(
      "hangs",
      `fs.writeFileSync(out, String(process.pid)); setInterval(() => {}, 1000);`,
    );
    const outputPath = inFolder("hangs.pid");
    const result = await new Ffmpeg(program, 1).run(work({ outputPath, timeLimitMs: 1500 }));
    expect(result.kind).toBe("timed-out");
    const pid = Number(await textOf(outputPath));
    expect(pid).toBeGreaterThan(0);
    expect(isAlive(pid)).toBe(false);
  });

  test("over its time limit is killed if it is the real program, too", async () => {
    const ffmpeg = new Ffmpeg(await ffmpegPath(), 1);
    const startedAt = performance.now();
    expect((await ffmpeg.run(slowWork({ timeLimitMs: 300 }))).kind).toBe("timed-out");
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test("that is aborted is killed at once, and the next one starts", async () => {
    const program = await standIn(
      "waits",
      `fs.writeFileSync(out, String(process.pid)); setInterval(() => {}, 1000);`,
    );
    const ffmpeg = new Ffmpeg(program, 1);
    const outputPath = inFolder("waits.pid");
    const caller = new AbortController();
    const running = ffmpeg.run(work({ outputPath, signal: caller.signal }));
    const next = ffmpeg.run(work({ outputPath: inFolder("next.pid"), timeLimitMs: 1000 }));
    const pid = Number(await vi.waitUntil(() => textOf(outputPath), 5000));
    caller.abort();
    expect(await running).toEqual({ kind: "aborted" });
    expect(isAlive(pid)).toBe(false);
    expect((await next).kind).toBe("timed-out");
  });

  test("that is aborted while queued never starts", async () => {
    const ffmpeg = new Ffmpeg(await ffmpegPath(), 1);
    const caller = new AbortController();
    const first = ffmpeg.run(slowWork({ timeLimitMs: 500 }));
    const waiting = ffmpeg.run(work({ outputPath: inFolder("never.mp4"), signal: caller.signal }));
    caller.abort();
    expect(await waiting).toEqual({ kind: "aborted" });
    expect(await textOf(inFolder("never.mp4"))).toBe("");
    await first;
  });

  test("waits while the maximum number is running", async () => {
    const program = await standIn(
      "counts",
      `const log = (what) => fs.appendFileSync(${JSON.stringify(inFolder("log"))}, what);
       log("+"); setTimeout(() => log("-"), 150);`,
    );
    const ffmpeg = new Ffmpeg(program, 2);
    const results = await Promise.all(Array.from({ length: 6 }, () => ffmpeg.run(work())));
    expect(results).toEqual(Array(6).fill({ kind: "done" }));
    let running = 0;
    const most = [...(await textOf(inFolder("log")))].map((step) => (running += step === "+" ? 1 : -1));
    expect(most).toHaveLength(12);
    expect(Math.max(...most)).toBe(2);
  });

  test("has the lowest priority and no environment variables, which may hold secrets", async () => {
    const program = await standIn(
      "tells",
      `setTimeout(() => fs.writeFileSync(out, JSON.stringify(
         { env: Object.keys(process.env), priority: require("node:os").getPriority() })), 100);`,
    );
    const outputPath = inFolder("told.json");
    expect((await new Ffmpeg(program, 1).run(work({ outputPath }))).kind).toBe("done");
    const told = JSON.parse(await textOf(outputPath)) as { env: string[]; priority: number };
    expect(told.priority).toBe(19);
    expect(told.env.filter((name) => !name.startsWith("__"))).toEqual([]);
  });

  test("that fails returns a short reason", async () => {
    const path = inFolder("text.mp4");
    await writeFile(path, "This is no video.");
    const ffmpeg = new Ffmpeg(await ffmpegPath(), 1);
    const result = await ffmpeg.run(work({ inputs: [{ path, format: "mov" }] }));
    expect(result).toMatchObject({ kind: "failed", exitCode: 1 });
    const noisy = await standIn("noisy", `console.error("x".repeat(1e6)); process.exitCode = 3;`);
    const loud = await new Ffmpeg(noisy, 1).run(work());
    expect(loud).toMatchObject({ kind: "failed", exitCode: 3 });
    expect(JSON.stringify(loud).length).toBeLessThan(3000);
  });

  test("rejects if the program does not exist, and does not block the next one", async () => {
    const ffmpeg = new Ffmpeg(inFolder("no-such-program"), 1);
    await expect(ffmpeg.run(work())).rejects.toThrow("ENOENT");
    await expect(ffmpeg.run(work())).rejects.toThrow("ENOENT");
  });

  test.each([
    ["a playlist", (secret: string) => `#EXTM3U\n#EXTINF:1,\nfile://${secret}\n#EXT-X-ENDLIST\n`],
    ["a list of parts", (secret: string) => `ffconcat version 1.0\nfile '${secret}'\n`],
    [
      "a stream description",
      (secret: string) => `v=0\nc=IN IP4 127.0.0.1\na=${secret}\nm=video 1 RTP/AVP 96\n`,
    ],
  ])("reads no other file for %s that claims to be an mp4", async (_, textFor) => {
    const path = inFolder("liar.mp4");
    await writeFile(path, textFor(sample));
    const ffmpeg = new Ffmpeg(await ffmpegPath(), 1);
    expect((await ffmpeg.run(work({ inputs: [{ path, format: "mov" }] }))).kind).toBe("failed");
  });

  test("does not follow a mov to another file or protocol", async () => {
    const program = await standIn("echoes", `fs.writeFileSync(out, JSON.stringify(process.argv.slice(2)));`);
    const outputPath = inFolder("argv.json");
    await new Ffmpeg(program, 1).run(work({ outputPath }));
    const given = JSON.parse(await textOf(outputPath)) as string[];
    const locks = given.slice(0, given.indexOf("-i")).join(" ");
    for (const lock of ["-protocol_whitelist file", "-f mov", "-enable_drefs 0", "-use_absolute_path 0"]) {
      expect(locks).toContain(lock);
    }
    expect(given[given.indexOf("-i") + 1]).toBe(`file:${sample}`);
  });
});

describe("the ffmpeg in use", () => {
  test("is the one from the setting, which must exist", async () => {
    expect(await findFfmpegPath({ setting: await ffmpegPath(), searchPath: "" })).toBe(await ffmpegPath());
    await expect(findFfmpegPath({ setting: "/no/such/ffmpeg", searchPath: "" })).rejects.toThrow(
      "FFMPEG_PATH",
    );
  });

  test("is the first on PATH with the required encoders and filter, or else the one from npm", async () => {
    const searchPath = `/no/such/folder:${folder.path}`;
    const encoders = " V..... libx264 H.264\\n A..... aac AAC";
    for (const said of [" V..... mpeg4 \\n A..... mp3 ... zscale V->V", `${encoders} ... scale V->V`]) {
      await standIn("ffmpeg", `console.log("${said}");`);
      expect(await findFfmpegPath({ setting: undefined, searchPath })).toBe(await ffmpegPath());
    }
    await standIn("ffmpeg", `console.log("${encoders} ... zscale V->V");`);
    expect(await findFfmpegPath({ setting: undefined, searchPath })).toBe(inFolder("ffmpeg"));
  });
});
