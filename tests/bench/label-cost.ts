import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { probeVideo } from "../../src/modules/videos/files/probe-video.js";
import { storeOriginal } from "../../src/modules/videos/files/store-original.js";
import { originalKey } from "../../src/modules/videos/files/video-keys.js";
import { formatLabel } from "../../src/platform/ai-labels/index.js";
import { Keyring } from "../../src/platform/crypto/keyring.js";
import { DiskStorage } from "../../src/platform/storage/disk.storage.js";
import { MediaLinks } from "../../src/platform/storage/media-links.js";

// Measures how much a label adds to storing and probing a file: `node tests/bench/label-cost.mjs FILE [ROUNDS]`. Rounds with and
// without labels alternate, so that other load on the machine affects both.

const [path = "", rounds = "40"] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), "skyriff-label-cost-"));
const links = new MediaLinks(new Keyring([randomBytes(32).toString("hex")]), () => "http://localhost");
const storage = await DiskStorage.open(folder, links);
const bytes = readFileSync(path);
const limits = { bytesMax: bytes.length, announcedBytes: null, timeLimitMs: 60_000 };

function* chunks() {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

async function measure(isLabeled: boolean): Promise<{ store: number; probe: number }> {
  const issuer = isLabeled ? { name: "SkyRiff", contentId: "video_01" } : null;
  const start = performance.now();
  const stored = await storeOriginal(storage, "measured", Readable.from(chunks()), limits, issuer);
  if (stored.kind !== "stored") throw new Error(stored.kind);
  const between = performance.now();
  const expected = stored.label ? { label: formatLabel(stored.label), edits: stored.edits } : undefined;
  const found = await probeVideo(storage, originalKey("measured"), { expected });
  if (found.kind !== "video") throw new Error(found.detail);
  return { store: between - start, probe: performance.now() - between };
}

const times = {
  with: [] as { store: number; probe: number }[],
  without: [] as { store: number; probe: number }[],
};
for (let round = 0; round < Number(rounds) + 3; round++) {
  const [labeled, plain] = [await measure(true), await measure(false)];
  if (round < 3) continue; // Programs and caches warm up.
  times.with.push(labeled);
  times.without.push(plain);
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
for (const step of ["store", "probe"] as const) {
  const [labeled, plain] = [times.with, times.without].map((all) => median(all.map((time) => time[step])));
  console.log(
    `${step}: ${labeled?.toFixed(1)} ms with a label, ${plain?.toFixed(1)} ms without (median of ${rounds})`,
  );
}
rmSync(folder, { recursive: true });
process.exit();
