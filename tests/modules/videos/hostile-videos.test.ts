import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeVideo } from "../../../src/modules/videos/files/probe-video.js";
import { VideoFiles } from "../../../src/modules/videos/files/video-files.service.js";
import { originalKey } from "../../../src/modules/videos/files/video-keys.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import { Ffmpeg } from "../../../src/platform/ffmpeg/ffmpeg.js";
import { TempDirs } from "../../../src/platform/files/temp-dirs.js";
import { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { MediaLinks } from "../../../src/platform/storage/media-links.js";
import { claimFrames } from "../../../src/vendors/sandbox/file-routes.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { until } from "../../support/until.js";
import { ffmpegPath, makeSample } from "./sample-video.js";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let storage: DiskStorage;
let files: VideoFiles;
let sample: Buffer;
let inner: Server;
let innerRequests = 0;

const inFolder = (name: string) => join(folder.path, name);
const keep = async (videoId: string, bytes: Buffer | string) => {
  await storage.put(originalKey(videoId), Buffer.from(bytes));
  return originalKey(videoId);
};

beforeAll(async () => {
  folder = await temporaryFolder();
  const links = new MediaLinks(
    new Keyring(["a secret of at least thirty-two bytes"]),
    () => "http://here.test",
  );
  storage = await DiskStorage.open(inFolder("storage"), links);
  files = new VideoFiles({
    storage,
    ffmpeg: new Ffmpeg(await ffmpegPath(), 1),
    tempDirs: await TempDirs.open(inFolder("scratch")),
    labels: null,
    logger: pino({ level: "silent" }),
    ffmpegTimeLimitMs: 60_000,
  });
  sample = await readFile(await makeSample(inFolder("sample.mp4"), { options: ["-movflags", "-faststart"] }));
  inner = createServer((_request, response) => {
    innerRequests += 1;
    response.end("inner secret");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => inner.once("listening", resolve));
});
afterAll(async () => {
  inner.close();
  await folder.remove();
});

/** Writes a number into a box of this type, at an offset from the end of its name. */
function claiming(bytes: Buffer, box: string, after: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = copy.indexOf(box);
  expect(at).toBeGreaterThan(0);
  copy.writeUInt32BE(value, at + after);
  return copy;
}

describe("an index that claims billions of frames", () => {
  /** Probes the file and counts the event loop turns meanwhile. */
  async function lookAt(key: string) {
    let others = 0;
    const timer = setInterval(() => {
      others += 1;
    }, 10);
    const found = await probeVideo(storage, key, { timeoutMs: 1_500 });
    clearInterval(timer);
    return { found, others };
  }

  test("in one chunk is not a video, and the event loop stays free", async () => {
    const key = await keep("counted", claiming(sample, "stsc", 16, 0x7fffffff));
    const { found, others } = await lookAt(key);
    expect(found).toEqual({ kind: "not-a-video", detail: "probing took over 1500 ms" });
    expect(others).toBeGreaterThan(10);
  });

  test("in one fragment is not a video, and stays within the memory limit", async () => {
    const options = ["-movflags", "+frag_keyframe+empty_moov+default_base_moof-faststart"];
    const fragments = await readFile(await makeSample(inFolder("fragments.mp4"), { options }));
    const claimed = claiming(claiming(fragments, "trun", 4, 0), "trun", 8, 0x7fffffff);
    const before = process.memoryUsage().rss;
    expect((await lookAt(await keep("fragmented", claimed))).found.kind).toBe("not-a-video");
    expect(process.memoryUsage().rss - before).toBeLessThan(800 * 1024 * 1024);
    expect((await probeVideo(storage, await keep("whole", fragments))).kind).toBe("video");
  });

  test("does not affect probing other files, concurrently or afterwards", async () => {
    const lengths = [1, 2, 3];
    const whole = await Promise.all(
      lengths.map(async (seconds) => {
        const path = await makeSample(inFolder(`${seconds}s.mp4`), { seconds });
        return keep(`${seconds}s`, await readFile(path));
      }),
    );
    const key = await keep("among-others", claiming(sample, "stsc", 16, 0x7fffffff));
    for (let round = 0; round < 2; round++) {
      const [hostile, ...found] = await Promise.all([
        probeVideo(storage, key, { timeoutMs: 1_500 }),
        ...whole.map((key) => probeVideo(storage, key)),
      ]);
      expect(hostile?.kind).toBe("not-a-video");
      const seconds = found.map((facts) => facts.kind === "video" && Math.round(facts.durationMs / 1000));
      expect(seconds).toEqual(lengths);
    }
  });
});

describe("the process that probes videos", () => {
  test("alone ends if a file exhausts its heap, and the next one is probed", async () => {
    const key = await keep("exhausting", claimFrames(Buffer.from(sample)));
    const found = await Promise.all([key, key].map((key) => probeVideo(storage, key)));
    for (const facts of found) expect(facts).toMatchObject({ detail: expect.stringContaining("SIGABRT") });
    expect((await probeVideo(storage, await keep("harmless", sample))).kind).toBe("video");
  });

  test.runIf(process.platform === "linux")("has none of our environment", async () => {
    process.env.PROBE_TEST_SECRET = "only for this process";
    const key = await keep("long", claiming(sample, "stsc", 16, 0x7fffffff));
    const probing = probeVideo(storage, key, { timeoutMs: 1_500 });
    const pids = await until("its process", () => {
      const all = probingProcesses();
      return all.length > 0 && all;
    });
    for (const pid of pids) {
      const names = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0").filter(Boolean);
      for (const name of names) expect(name).toMatch(/^NODE_CHANNEL_/);
    }
    delete process.env.PROBE_TEST_SECRET;
    await probing;
  });

  test.runIf(process.platform === "linux")("ends with its parent, even while it is busy", async () => {
    const path = inFolder("busy.mp4");
    await writeFile(path, claiming(sample, "stsc", 16, 0x7fffffff));
    const parent = spawn(process.execPath, ["-e", parentProgram, probeProgram, path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [pid] = (await once(createInterface(parent.stdout), "line")) as [string];
    await until("a busy process", () => cpuSeconds(pid) > 0.5);
    parent.kill("SIGKILL");
    await until("its end", () => !isRunning(pid));
  });
});

const probeProgram = fileURLToPath(
  new URL("../../../src/modules/videos/files/probe-process.ts", import.meta.url),
);

/** Starts the process, gives it the bytes of a file, and prints its pid. */
const parentProgram = `
  const bytes = require("node:fs").readFileSync(process.argv[2]);
  const stdio = ["ignore", "ignore", "ignore", "ipc"];
  const child = require("node:child_process").fork(process.argv[1], { stdio, serialization: "advanced" });
  child.on("message", ({ id, range }) => child.send({ id, bytes: bytes.subarray(range.start, range.end) }));
  child.send({ byteSize: bytes.length });
  console.log(child.pid);
`;

function probingProcesses(): string[] {
  return readdirSync("/proc").filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    const [parentPid] = statFields(pid);
    return Number(parentPid) === process.pid && isRunning(pid) && commandOf(pid).includes("probe-process");
  });
}

/** The fields from the parent's pid on (proc_pid_stat). The name before them may contain spaces. */
function statFields(pid: string): string[] {
  return readProcess(pid, "stat")
    .replace(/^.*\) \S+ /s, "")
    .split(" ");
}

const commandOf = (pid: string) => readProcess(pid, "cmdline");
const cpuSeconds = (pid: string) => Number(statFields(pid)[10]) / 100;
const isRunning = (pid: string) => commandOf(pid) !== "";

/** Empty for a process that has ended. */
function readProcess(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

describe("a file that refers to another resource", () => {
  test.each([
    ["a playlist", (url: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n${url}\n#EXT-X-ENDLIST\n`],
    ["a manifest", (url: string) => `<MPD><Period><BaseURL>${url}</BaseURL></Period></MPD>`],
    ["a list of parts", (url: string) => `ffconcat version 1.0\nfile '${url}'\n`],
  ])("as %s is not a video, and nothing is fetched", async (name, textFor) => {
    const url = `http://127.0.0.1:${(inner.address() as AddressInfo).port}/latest/meta-data`;
    await keep(name.replaceAll(" ", "-"), textFor(url));
    const videoId = name.replaceAll(" ", "-");
    expect((await files.probe(videoId)).kind).toBe("not-a-video");
    expect(innerRequests).toBe(0);
  });

  test("as a mov with frames in another file reveals nothing of that file", async () => {
    const program = await ffmpegPath();
    const path = inFolder("elsewhere.mov");
    await writeFile(path, withFramesElsewhere(sample, inFolder("sample.mp4")));
    const copyTo = (name: string) => ["-map", "0:v", "-c", "copy", "-f", "mp4", "-y", inFolder(name)];
    // The attack is real: without the restrictions it works.
    const unlocked = ["-v", "error", "-enable_drefs", "1", "-use_absolute_path", "1", "-i", path];
    await promisify(execFile)(program, [...unlocked, ...copyTo("stolen.mp4")]);
    expect((await stat(inFolder("stolen.mp4"))).size).toBeGreaterThan(10_000);

    await new Ffmpeg(program, 1).run({
      inputs: [{ path, format: "mov" }],
      options: ["-map", "0:v", "-c", "copy", "-f", "mp4"],
      outputPath: inFolder("kept.mp4"),
      timeLimitMs: 30_000,
    });
    const got = await stat(inFolder("kept.mp4")).catch(() => ({ size: 0 }));
    expect(got.size).toBeLessThan(2_000);
    expect((await probeVideo(storage, await keep("elsewhere", await readFile(path)))).kind).toBe(
      "not-a-video",
    );
  });
});

const containers = new Set(["moov", "trak", "mdia", "minf", "dinf"]);

/** The sample's index alone, with data references to frames at `path` (QuickTime File Format). */
function withFramesElsewhere(movie: Buffer, path: string): Buffer {
  return rewritten(movie, (type) => {
    if (type === "mdat") return Buffer.alloc(0);
    return type === "dref" ? references(path) : null;
  });
}

function rewritten(boxes: Buffer, replace: (type: string) => Buffer | null): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < boxes.length; at += boxes.readUInt32BE(at)) {
    const type = boxes.toString("latin1", at + 4, at + 8);
    const body = boxes.subarray(at + 8, at + boxes.readUInt32BE(at));
    parts.push(box(type, replace(type) ?? (containers.has(type) ? rewritten(body, replace) : body)));
  }
  return Buffer.concat(parts);
}

function box(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
}

/** One alias record: 150 zero bytes, the absolute path, the end. */
function references(path: string): Buffer {
  const count = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);
  const text = Buffer.from(path.length % 2 ? `${path}\0` : path);
  const head = Buffer.from([0, 2, text.length >> 8, text.length & 255]);
  const alias = Buffer.concat([
    Buffer.alloc(4),
    Buffer.alloc(150),
    head,
    text,
    Buffer.from([255, 255, 0, 0]),
  ]);
  return Buffer.concat([count, box("alis", alias)]);
}
