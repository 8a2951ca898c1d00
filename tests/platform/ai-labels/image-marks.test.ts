import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createLabel,
  formatLabel,
  mergeLabel,
  parseLabel,
} from "../../../src/platform/ai-labels/aigc-label.js";
import { readImageMarks } from "../../../src/platform/ai-labels/index.js";
import { writeXmp } from "../../../src/platform/ai-labels/xmp.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const label = formatLabel(createLabel({ name: "SkyRiff", contentId: "vid_1" }));
const none = { label: null, madeByAi: false, c2pa: false };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function marksOf(bytes: Buffer) {
  const path = join(folder.path, "picture");
  await writeFile(path, bytes);
  return readImageMarks(path);
}

const blank = () => sharp({ create: { width: 64, height: 48, channels: 3, background: "teal" } });
const formats = ["jpeg", "png", "webp"] as const;

describe.each(formats)("a picture in %s", (format) => {
  test("has the label that sharp wrote into its XMP", async () => {
    const bytes = await blank().withXmp(writeXmp(label)).toFormat(format).toBuffer();
    expect(await marksOf(bytes)).toEqual({ label, madeByAi: true, c2pa: false });
  });

  test("has no marks without metadata, and none with other metadata", async () => {
    expect(await marksOf(await blank().toFormat(format).toBuffer())).toEqual(none);
    const other = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>compositeCapture</rdf:RDF></x:xmpmeta>`;
    expect(await marksOf(await blank().withXmp(other).toFormat(format).toBuffer())).toEqual(none);
  });

  test("cut short anywhere gives an answer", async () => {
    const bytes = await blank().withXmp(writeXmp(label)).toFormat(format).toBuffer();
    for (let length = 0; length < bytes.length; length += 37) {
      expect(await marksOf(bytes.subarray(0, length))).toMatchObject({ c2pa: false });
    }
  });
});

describe("Content Credentials are found", () => {
  test("in a JPEG's APP11 segment", async () => {
    const bytes = await blank().jpeg().toBuffer();
    const box = Buffer.from(
      "JP\0\x01\0\0\0\x01\0\0\0\x2ajumb\0\0\0\x1ejumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0",
      "latin1",
    );
    const length = Buffer.alloc(2);
    length.writeUInt16BE(box.length + 2);
    const marked = [bytes.subarray(0, 2), Buffer.from([0xff, 0xeb]), length, box, bytes.subarray(2)];
    expect(await marksOf(Buffer.concat(marked))).toEqual({ ...none, c2pa: true });
  });

  test("in a PNG's caBX chunk", async () => {
    const bytes = await blank().png().toBuffer();
    const marked = [bytes.subarray(0, 33), pngChunk("caBX", Buffer.alloc(20)), bytes.subarray(33)];
    expect(await marksOf(Buffer.concat(marked))).toEqual({ ...none, c2pa: true });
  });

  test("in a WebP's C2PA chunk", async () => {
    const chunk = Buffer.from("C2PA\x03\0\0\0abc\0", "latin1");
    expect(await marksOf(Buffer.concat([await blank().webp().toBuffer(), chunk]))).toEqual({
      ...none,
      c2pa: true,
    });
  });
});

test("the label is found in an attribute, under another prefix and in compressed XMP", async () => {
  const escaped = label.replaceAll('"', "&quot;");
  const xmp = `<rdf:Description xmlns:ai="http://www.tc260.org.cn/ns/AIGC/1.0/" ai:AIGC="${escaped}"/>`;
  expect(await marksOf(await blank().withXmp(xmp).png().toBuffer())).toEqual({ ...none, label });
  const text = Buffer.concat([Buffer.from("XML:com.adobe.xmp\0\x01\0\0\0"), deflateSync(xmp)]);
  const png = await blank().png().toBuffer();
  const marked = [png.subarray(0, 33), pngChunk("iTXt", text), png.subarray(33)];
  expect(await marksOf(Buffer.concat(marked))).toEqual({ ...none, label });
});

describe("metadata is read within limits", () => {
  const xmp = Buffer.from(writeXmp(label));

  test("text that inflates too much is not read, and no second one is", async () => {
    const keyword = Buffer.from("XML:com.adobe.xmp\0\0");
    const bomb = pngChunk("zTXt", Buffer.concat([keyword, deflateSync(Buffer.alloc(8 << 20))]));
    const small = pngChunk("zTXt", Buffer.concat([keyword, deflateSync(xmp)]));
    const png = await blank().png().toBuffer();
    const withChunks = (...chunks: Buffer[]) =>
      Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);
    expect(await marksOf(withChunks(small))).toMatchObject({ label });
    expect(await marksOf(withChunks(bomb, small))).toEqual(none);
  });

  test("a mark after thousands of pieces is not read", async () => {
    const length = Buffer.alloc(2);
    const name = Buffer.from("http://ns.adobe.com/xap/1.0/\0");
    length.writeUInt16BE(2 + name.length + xmp.length);
    const segment = Buffer.concat([Buffer.from([0xff, 0xe1]), length, name, xmp]);
    const behind = (segments: number) =>
      Buffer.concat([
        Buffer.from([0xff, 0xd8]),
        Buffer.alloc(4 * segments, Buffer.from([0xff, 0xe1, 0, 2])),
        segment,
      ]);
    expect(await marksOf(behind(1_000))).toMatchObject({ label });
    expect(await marksOf(behind(2_500_000))).toEqual(none);
  });
});

describe("a label that is there", () => {
  const issuer = { name: "SkyRiff", contentId: "vid_1" };
  const vendor = {
    Label: "2",
    ContentProducer: "Vendor",
    ProduceID: "v-9",
    ReservedCode1: "seal",
    ContentPropagator: "",
    PropagateID: "",
    ReservedCode2: "",
  };

  test("keeps its producer, and gets the issuer as the one that passes it on", () => {
    const merged = mergeLabel(JSON.stringify(vendor), issuer);
    expect(merged).toEqual({ ...vendor, ContentPropagator: "SkyRiff", PropagateID: "vid_1" });
    expect(mergeLabel(formatLabel(merged), issuer)).toEqual(merged);
  });

  test("of the issuer's own stays the same", () => {
    expect(mergeLabel(formatLabel(createLabel(issuer)), issuer)).toEqual(createLabel(issuer));
  });

  test.each([
    ["no JSON", "AIGC"],
    ["no object", "[]"],
    ["a number", JSON.stringify({ ...vendor, Label: 1 })],
    ["another number", JSON.stringify({ ...vendor, Label: "4" })],
    ["no producer", JSON.stringify({ Label: "1" })],
    ["a very long text", JSON.stringify({ ...vendor, ReservedCode1: "x".repeat(2000) })],
  ])("with %s is replaced", (_, text) => {
    expect(parseLabel(text)).toBeNull();
    expect(mergeLabel(text, issuer)).toEqual(createLabel(issuer));
  });
});

function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
