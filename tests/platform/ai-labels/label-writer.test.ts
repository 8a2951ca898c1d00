import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLabel, formatLabel, mergeLabel } from "../../../src/platform/ai-labels/aigc-label.js";
import { type Box, makeBox, readBoxes, uint32 } from "../../../src/platform/ai-labels/mp4/boxes.js";
import { LabelWriter } from "../../../src/platform/ai-labels/mp4/label-writer.js";
import { makeMeta } from "../../../src/platform/ai-labels/mp4/metadata-keys.js";
import { originalByteSize, readOriginal } from "../../../src/platform/ai-labels/mp4/original-bytes.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import {
  boxTypes,
  ffprobeTags,
  fragmented,
  frontIndex,
  makeMp4,
  readPackets,
  readTags,
  replaceMovie,
} from "./sample-mp4.js";

const issuer = { name: "SkyRiff", contentId: "vid_01" };
const ours = formatLabel(createLabel(issuer));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

const make = (...options: string[]) => makeMp4(join(folder.path, "made.mp4"), options);

async function write(bytes: Buffer, chunkBytes = 10_000) {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) chunks.push(bytes.subarray(at, at + chunkBytes));
  const writer = new LabelWriter((found) => mergeLabel(found, issuer));
  const labeled = await buffer(
    Readable.from(chunks)
      .pipe(writer)
      .on("error", () => {}),
  );
  return { labeled, ...writer.result };
}

/** Checks all that holds for every labeled file, and returns it. */
async function expectLabeled(original: Buffer, label = ours): Promise<Buffer> {
  const { labeled, edits } = await write(original);
  expect(await readTags(labeled)).toMatchObject({ AIGC: label });
  expect(labelsInUserData(labeled)).toEqual([label]);
  expect(await readPackets(labeled)).toEqual(await readPackets(original));
  expect((await write(labeled)).labeled.equals(labeled)).toBe(true);
  expect((await write(original, 777)).labeled.equals(labeled)).toBe(true);
  const read = readOriginal(edits, async (start, end) => labeled.subarray(start, end));
  expect(originalByteSize(labeled.length, edits)).toBe(original.length);
  expect(Buffer.compare(await read(0, original.length), original)).toBe(0);
  const path = join(folder.path, "labeled.mp4");
  await writeFile(path, labeled);
  const tags = await ffprobeTags(path);
  if (tags) expect(tags).toMatchObject({ AIGC: label });
  return labeled;
}

/** The texts in moov/udta/meta whose metadata keys, of the namespace mdta, include AIGC. */
function labelsInUserData(file: Buffer): string[] {
  const inside = (boxes: Box[], type: string) =>
    boxes.filter((box) => box.type === type).flatMap((box) => readBoxes(file, box.contentStart, box.end));
  const userData = inside(inside(readBoxes(file, 0, file.length), "moov"), "udta");
  return userData
    .filter(({ type, start, end }) => type === "meta" && file.subarray(start, end).includes("mdtaAIGC"))
    .flatMap(({ start, end }) => {
      const meta = file.toString("utf8", start, end);
      return meta.slice(meta.indexOf("ilst")).match(/\{"Label".*?\}/g) ?? [];
    });
}

describe("a label is written, and no packet changes", () => {
  test("with the index in front, where it stays", async () => {
    const original = await make(...frontIndex);
    const labeled = await expectLabeled(original);
    expect(boxTypes(labeled)).toEqual(boxTypes(original));
    // ffmpeg writes iTunes tags, which stay beside the label.
    expect(await readTags(labeled)).toMatchObject(await readTags(original));
    expect(await readTags(original)).toHaveProperty("©too");
  });

  test("with the index behind", async () => {
    const original = await make();
    expect(boxTypes(original).at(-1)).toBe("moov");
    await expectLabeled(original);
  });

  test("in fragments", async () => {
    const original = await make(...fragmented);
    expect(boxTypes(original).filter((type) => type === "moof").length).toBeGreaterThan(2);
    await expectLabeled(original);
  });

  test("in fragments that name their positions in the file", async () => {
    const original = await make("-movflags", "+frag_keyframe+empty_moov+omit_tfhd_offset", "-g", "12");
    const positioned = await make("-movflags", "+frag_keyframe+empty_moov", "-g", "12", "-brand", "isom");
    await expectLabeled(original);
    const { edits } = await write(positioned);
    // Each fragment and the list of fragments, besides the index.
    expect(edits.length).toBeGreaterThan(3);
  });

  test("with positions of 64 bits, which have room beyond 4 GiB", async () => {
    await expectLabeled(toLongPositions(await make(...frontIndex)));
  });

  test("without user data, with empty user data, and with the zero that ends it in QuickTime", async () => {
    const bare = await make("-fflags", "+bitexact", "-map_metadata", "-1");
    const without = replaceMovie(bare, (all) => all.filter((box) => typeOf(box) !== "udta"));
    await expectLabeled(without);
    await expectLabeled(replaceMovie(without, (all) => [...all, makeBox("udta")]));
    const box = makeBox("name", Buffer.from("A cat"));
    const labeled = await expectLabeled(
      replaceMovie(without, (all) => [...all, makeBox("udta", box, uint32(0))]),
    );
    expect(labeled.includes(box)).toBe(true);
    expect(labeled.subarray(-4)).toEqual(uint32(0));
  });

  test("with keys of its own, which stay", async () => {
    const original = await make("-movflags", "+use_metadata_tags+faststart", "-metadata", "place=Shanghai");
    const labeled = await expectLabeled(original);
    expect(await readTags(labeled)).toMatchObject({ place: "Shanghai" });
  });
});

describe("a label that is there", () => {
  const vendor = { Label: "1", ContentProducer: "Vendor", ProduceID: "v-9", ReservedCode1: "seal" };
  const merged = JSON.stringify({
    ...{ ...vendor, ContentPropagator: "SkyRiff", PropagateID: "vid_01", ReservedCode2: "" },
  });
  const text = JSON.stringify(vendor);

  test("keeps its producer, as ffmpeg writes it", async () => {
    const original = await make("-movflags", "+use_metadata_tags+faststart", "-metadata", `AIGC=${text}`);
    expect(await readTags(original)).toMatchObject({ AIGC: text });
    await expectLabeled(original, merged);
  });

  test.each([
    ["beside the user data", (label: string) => makeMeta("AIGC", label)],
    ["as a box of the user data", (label: string) => makeBox("udta", makeBox("AIGC", Buffer.from(label)))],
    ["as an item without a key", (label: string) => makeBox("udta", itunesItem("AIGC", label))],
  ])("keeps its producer %s", async (_, toBox) => {
    const bare = replaceMovie(await make(), (all) => all.filter((box) => typeOf(box) !== "udta"));
    await expectLabeled(
      replaceMovie(bare, (all) => [...all, toBox(text)]),
      merged,
    );
    await expectLabeled(
      replaceMovie(bare, (all) => [...all, toBox("made by a model")]),
      ours,
    );
  });
});

describe("a file is refused", () => {
  const refusal = async (bytes: Buffer) =>
    write(bytes).then(
      () => null,
      (error: Error) => error.message,
    );

  test("without an index, cut short inside it, or with two", async () => {
    const original = await make();
    const movie = readBoxes(original, 0, original.length).at(-1);
    expect(await refusal(Buffer.from("<html>502 Bad Gateway</html>"))).toBe("it has no index");
    expect(await refusal(original.subarray(0, movie?.start))).toBe("it has no index");
    expect(await refusal(original.subarray(0, -20))).toBe("it ends inside its index");
    const endless = Buffer.from(original);
    endless.writeUInt32BE(0, movie?.start);
    expect(await refusal(endless)).toBe("its index is too large");
    expect(await refusal(Buffer.concat([original, original.subarray(movie?.start)]))).toBe(
      "it has two indexes",
    );
  });

  test("with a broken or compressed index", async () => {
    const original = await make();
    expect(await refusal(replaceMovie(original, (all) => [...all, Buffer.from("0123udta")]))).toMatch(
      /wrong size/,
    );
    expect(await refusal(replaceMovie(original, () => [makeBox("cmov", Buffer.alloc(40))]))).toMatch(
      /compressed/,
    );
    expect(await refusal(replaceMovie(original, () => [nested(100)]))).toMatch(/nested too deep/);
    const many = Buffer.concat(Array.from({ length: 20_000 }, () => makeBox("free")));
    expect(await refusal(replaceMovie(original, (all) => [...all, many]))).toMatch(/too many boxes/);
    const huge = Buffer.concat([uint32(500_000_000), Buffer.from("moov"), Buffer.alloc(100)]);
    expect(await refusal(huge)).toMatch(/too large/);
  });

  test("with an index of segments before the index; behind it, it passes", async () => {
    const original = await make(...frontIndex);
    const segments = makeBox("sidx", Buffer.alloc(32));
    const [type, movie] = readBoxes(original, 0, original.length);
    const insertAt = (at = 0) => Buffer.concat([original.subarray(0, at), segments, original.subarray(at)]);
    expect(movie?.type).toBe("moov");
    expect(await refusal(insertAt(type?.end))).toBe("its index of segments precedes its index");
    expect(await refusal(insertAt(movie?.end))).toBeNull();
  });

  test("with items that have positions of their own; other metadata of the file passes", async () => {
    const original = await make(...frontIndex);
    const meta = (...boxes: Buffer[]) => Buffer.concat([original, makeBox("meta", uint32(0), ...boxes)]);
    expect(await refusal(meta(makeBox("iloc", Buffer.alloc(8))))).toBe(
      "it has items with positions of their own",
    );
    expect(await refusal(meta(makeBox("xml ", Buffer.alloc(8))))).toBeNull();
  });

  test("with positions of encrypted samples, in the index or in a fragment", async () => {
    const positions = makeBox("saio", Buffer.alloc(12));
    const track = ["stbl", "minf", "mdia", "trak"].reduce((box, type) => makeBox(type, box), positions);
    expect(await refusal(replaceMovie(await make(), (all) => [...all, track]))).toBe("it is encrypted");
    const fragment = makeBox("moof", makeBox("traf", positions));
    expect(await refusal(Buffer.concat([await make(...fragmented), fragment]))).toBe("it is encrypted");
  });

  test("with positions that do not fit once they have moved", async () => {
    const original = await make(...frontIndex);
    const table = original.indexOf("stco");
    original.writeUInt32BE(0xfffffff0, table + 12);
    expect(await refusal(original)).toMatch(/4 GiB/);
    const long = toLongPositions(await make(...frontIndex));
    long.fill(0xff, long.indexOf("co64") + 12, long.indexOf("co64") + 20);
    expect(await refusal(long)).toMatch(/beyond any file/);
  });
});

function typeOf(box: Buffer): string {
  return box.toString("latin1", 4, 8);
}

function nested(depth: number): Buffer {
  let box = makeBox("trak");
  for (let n = 0; n < depth; n++) box = makeBox("trak", box);
  return box;
}

/** An iTunes tag: its type is its name. */
function itunesItem(type: string, text: string): Buffer {
  const handler = Buffer.concat([uint32(0), uint32(0), Buffer.from("mdirappl"), Buffer.alloc(9)]);
  const data = makeBox("data", uint32(1), uint32(0), Buffer.from(text));
  return makeBox("meta", uint32(0), makeBox("hdlr", handler), makeBox("ilst", makeBox(type, data)));
}

/** The same file with `co64` tables, as files above 4 GiB have them. */
function toLongPositions(bytes: Buffer): Buffer {
  const boxes = readBoxes(bytes, 0, bytes.length);
  const movie = boxes.find(({ type }) => type === "moov");
  if (!movie) throw new Error("no index");
  const grown = (by: number) => rebuild(bytes, movie.start, movie.end, by);
  const growth = grown(0).length - (movie.end - movie.start);
  return Buffer.concat([bytes.subarray(0, movie.start), grown(growth), bytes.subarray(movie.end)]);
}

function rebuild(bytes: Buffer, start: number, end: number, growth: number): Buffer {
  const parts = readBoxes(bytes, start, end).map((box) => {
    if (["moov", "trak", "mdia", "minf", "stbl"].includes(box.type))
      return makeBox(box.type, rebuild(bytes, box.contentStart, box.end, growth));
    if (box.type !== "stco") return bytes.subarray(box.start, box.end);
    const count = bytes.readUInt32BE(box.contentStart + 4);
    const positions = Buffer.alloc(count * 8);
    for (let n = 0; n < count; n++)
      positions.writeBigUInt64BE(BigInt(bytes.readUInt32BE(box.contentStart + 8 + n * 4) + growth), n * 8);
    return makeBox("co64", uint32(0), uint32(count), positions);
  });
  return Buffer.concat(parts);
}
