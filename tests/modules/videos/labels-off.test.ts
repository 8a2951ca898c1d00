import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiDocument } from "../../../src/cli/demo/api-client.js";
import { DownloadNoWatermarkDocument, DownloadTermsDocument } from "../../../src/generated/operations.js";
import { thumbnailNames } from "../../../src/modules/media/index.js";
import { taskAttempts } from "../../../src/modules/tasks/tasks.tables.js";
import { originalKey, previewKey, stillKey } from "../../../src/modules/videos/files/video-keys.js";
import { getVideoFolder } from "../../../src/modules/videos/index.js";
import { videos } from "../../../src/modules/videos/videos.tables.js";
import { readFileMarks } from "../../../src/platform/ai-labels/index.js";
import { digestBytes } from "../../../src/platform/storage/file-digest.js";
import { issueCertificate } from "../../support/certificates.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit, create, ended } from "../../support/tasks.js";
import { temporaryFolder } from "../../support/temporary-folder.js";
import { upload } from "../../support/upload.js";
import { publish } from "../../support/works.js";
import { labelXmp, picture } from "../media/marked-pictures.js";
import { differences, pictureAt } from "./sample-video.js";

// A server with AI_LABELS=off on which everything else about labels is set.

let product: Product;
let ana: Client;
let videoId: string;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let row: typeof videos.$inferSelect;

beforeAll(async () => {
  folder = await temporaryFolder();
  const { certificateFile, keyFile } = await issueCertificate(folder.path);
  product = await startProduct({
    settings: {
      ...{ AI_LABELS: "off", AI_LABEL_PRODUCER: "Test studio", AI_LABEL_TEXT: "AI" },
      ...{ C2PA_CERT_FILE: certificateFile, C2PA_KEY_FILE: keyFile },
      DOWNLOAD_TERMS_FILE: "deploy/download-terms.example.json",
    },
  });
  ana = await product.user();
  const { video } = await ended(ana, await create(ana));
  videoId = video?.id ?? "";
  [row] = (await product.app.db.select().from(videos)) as [typeof row];
});
afterAll(async () => {
  expect(await audit(product)).toEqual([]);
  await product.close();
  await folder.remove();
});

const pathOf = (toKey: (folder: string) => string) =>
  product.app.storage.localPath?.(toKey(getVideoFolder(row))) ?? "";

test("the clean file is the vendor's, byte for byte", async () => {
  const clean = await readFile(pathOf(originalKey));
  const [attempt] = await product.app.db.select().from(taskAttempts);
  const vendors = await fetch(`${product.sandbox.url}/files/${attempt?.vendorTaskId}.mp4`);
  expect(clean.equals(Buffer.from(await vendors.arrayBuffer()))).toBe(true);
  expect(row).toMatchObject({ ...digestBytes(clean), aiLabel: null });
});

test("no file carries a mark, and the corner of the label is free", async () => {
  const none = { label: null, madeByAi: false, c2pa: false };
  expect(await readFileMarks(pathOf(originalKey))).toMatchObject(none);
  expect(await readFileMarks(pathOf(previewKey))).toMatchObject(none);
  for (const size of thumbnailNames)
    expect(await readFileMarks(pathOf((at) => stillKey(at, size)))).toMatchObject(none);
  const { width, height } = row;
  const frameOf = (toKey: (folder: string) => string) => pictureAt(pathOf(toKey), 1, width, height);
  const changed = differences(await frameOf(originalKey), await frameOf(previewKey), 16, 4);
  expect(Math.max(...(changed[0] ?? []))).toBeLessThan(6);
  // The watermark is still there.
  expect(Math.max(...changed.flat())).toBeGreaterThan(12);
});

test("video and work have no label, and there are no terms", async () => {
  const work = await publish(product, ana, { videoId });
  const labels = await ana.request(labelsOf, { video: videoId, work: work.id });
  expect(labels).toEqual({ video: { aiLabel: null }, work: { aiLabel: null } });
  expect(await product.client().request(DownloadTermsDocument, {})).toEqual({ downloadTerms: null });
});

test("a download needs no terms, takes those of older clients, and is kept on record", async () => {
  for (const acceptTerms of [undefined, "2026-11"])
    await ana.request(DownloadNoWatermarkDocument, { input: { videoId, acceptTerms } });
  const records = await product.app.db.execute("select terms_version, address, sha256 from download_records");
  const record = { terms_version: null, address: "127.0.0.1", sha256: row.sha256 };
  expect([...records]).toEqual([record, record]);
});

test("marks of uploads are not looked at", async () => {
  const marked = await picture("png", labelXmp);
  expect(await upload<{ aiMark: string }>(ana, marked, "aiMark")).toEqual({ aiMark: "NONE" });
});

type Label = { aiLabel: unknown };
const labelsOf: ApiDocument<{ video: Label; work: Label }, { video: string; work: string }> =
  `query ($video: ID!, $work: ID!) {
    video(id: $video) { aiLabel { text } }
    work(id: $work) { aiLabel { text } }
  }`;
