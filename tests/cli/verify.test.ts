import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ApiDocument } from "../../src/cli/demo/api-client.js";
import { originalKey, previewKey, stillKey } from "../../src/modules/videos/files/video-keys.js";
import { getVideoFolder } from "../../src/modules/videos/index.js";
import { videos } from "../../src/modules/videos/videos.tables.js";
import { madeByAi } from "../../src/platform/ai-labels/index.js";
import { makeBox } from "../../src/platform/ai-labels/mp4/boxes.js";
import { loadSigner, signContent } from "../../src/platform/content-credentials/index.js";
import { digestBytes } from "../../src/platform/storage/file-digest.js";
import { labelXmp, picture, xmp } from "../modules/media/marked-pictures.js";
import { type CertificateFiles, issueCertificate } from "../support/certificates.js";
import { callCommand, runCommand } from "../support/command.js";
import { type Product, startProduct } from "../support/product.js";
import { create, ended } from "../support/tasks.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { publish } from "../support/works.js";

type Labels = Record<"video" | "work", { aiLabel: unknown } | null>;
const labels: ApiDocument<Labels, { video: string; work: string }> = `query ($video: ID!, $work: ID!) {
  video(id: $video) { aiLabel { text producer contentId signed } }
  work(id: $work) { aiLabel { text producer contentId signed } }
}`;

type Files = { work: { previewUrl: string; thumbnailUrl: string } };
const publicFiles: ApiDocument<Files, { work: string }> = `query ($work: ID!) {
  work(id: $work) { previewUrl thumbnailUrl(size: SMALL) }
}`;

let product: Product;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let certificate: CertificateFiles;
let paths: Record<"clean" | "preview" | "still", string>;
let video: string;
let work: string;
let owner: Awaited<ReturnType<Product["user"]>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  certificate = await issueCertificate(folder.path);
  const { certificateFile, keyFile } = certificate;
  const settings = {
    C2PA_CERT_FILE: certificateFile,
    C2PA_KEY_FILE: keyFile,
    AI_LABEL_PRODUCER: "Test studio",
  };
  product = await startProduct({ settings });
  owner = await product.user();
  const task = await ended(owner, await create(owner));
  video = task.video?.id ?? "";
  const [row] = await product.app.db.select().from(videos);
  if (!row) throw new Error("no video was made");
  const local = (key: string) => product.app.storage.localPath?.(key) ?? "";
  const at = getVideoFolder(row);
  paths = {
    clean: local(originalKey(at)),
    preview: local(previewKey(at)),
    still: local(stillKey(at, "SMALL")),
  };
  work = (await publish(product, owner, { videoId: video })).id;
});
afterAll(async () => {
  await product.close();
  await folder.remove();
});

const verify = (file: string, settings: Record<string, string> = {}, ...options: string[]) =>
  callCommand({ DATA_DIR: folder.path, ...settings }, "verify", file, ...options);
const fields = (stdout: string) =>
  Object.fromEntries(stdout.split("\n").map((line) => [line.slice(0, 18).trim(), line.slice(19)]));
const own = () => ({ Label: "1", ContentProducer: "Test studio", ProduceID: video });

const readLabels = async (language: string, videoId = video) => {
  const result = await owner.execute(labels, { video: videoId, work }, { "accept-language": language });
  return result.data as Labels;
};

test("a video and its work show the label, in the language of the request", async () => {
  const label = { producer: "Test studio", contentId: video, signed: true };
  const english = { aiLabel: { text: "Made by AI", ...label } };
  expect(await readLabels("en")).toEqual({ video: english, work: english });
  const chinese = { aiLabel: { text: "AI 生成", ...label } };
  expect(await readLabels("zh-CN")).toEqual({ video: chinese, work: chinese });
});

test("a video from before there were labels has none", async () => {
  const before = await product.seed.video(owner.userId, { aiLabel: null });
  expect((await readLabels("en", before.publicId)).video).toEqual({ aiLabel: null });
});

test("the public copies of a work are the labeled files", async () => {
  const { data } = await owner.execute(publicFiles, { work });
  const copies = (data as Files).work;
  for (const [url, own] of [
    [copies.previewUrl, paths.preview],
    [copies.thumbnailUrl, paths.still],
  ] as const) {
    const copy = Buffer.from(await (await fetch(url)).arrayBuffer());
    expect(copy.equals(await readFile(own))).toBe(true);
  }
});

describe("verify", () => {
  const database = () => ({ DATABASE_URL: product.testDb.url });

  test("shows label, trusted credentials and the video of a clean file, and exits 0", async () => {
    const { certificateFile, keyFile } = certificate;
    const settings = { ...database(), C2PA_CERT_FILE: certificateFile, C2PA_KEY_FILE: keyFile };
    const result = await runCommand({ DATA_DIR: folder.path, ...settings }, "verify", paths.clean);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout.split("\n").map((line) => line.slice(0, 18).trim())).toEqual([
      ...["Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID"],
      ...["ReservedCode2", "C2PA", "sha256", "Video", ""],
    ]);
    const sha256 = digestBytes(await readFile(paths.clean)).sha256;
    expect(fields(result.stdout)).toMatchObject({
      ...{ ...own(), C2PA: "trusted", sha256, Video: `${video}, clean.mp4` },
    });
  });

  test("says whether credentials are trusted, valid or invalid", async () => {
    const anchors = join(folder.path, "anchors.pem");
    await writeFile(anchors, certificate.root);
    expect(fields((await verify(paths.clean, {}, "--anchors", anchors)).stdout).C2PA).toBe("trusted");
    expect(fields((await verify(paths.clean)).stdout).C2PA).toBe("valid");
    const changed = join(folder.path, "changed.mp4");
    const bytes = await readFile(paths.clean);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 100) ^ 1, bytes.length - 100);
    await writeFile(changed, bytes);
    const result = await verify(changed, database(), "--anchors", anchors);
    expect(result.code).toBe(0);
    expect(fields(result.stdout)).toMatchObject({ ...own(), C2PA: "invalid", Video: "none of ours" });
  });

  test("does not check the credentials of a file above 50 MiB, and shows the rest", async () => {
    const large = join(folder.path, "large.mp4");
    const free = makeBox("free", Buffer.alloc(52 * 1024 * 1024));
    await writeFile(large, Buffer.concat([await readFile(paths.clean), free]));
    const result = await verify(large);
    expect(fields(result.stdout)).toMatchObject({ ...own(), C2PA: expect.stringMatching(/^not checked: /) });
  });

  test.each([
    ["preview", "preview.mp4"],
    ["still", "still-160.webp"],
  ] as const)("shows the label of a %s", async (file, name) => {
    const result = await verify(paths[file], database());
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(fields(result.stdout)).toMatchObject({ ...own(), C2PA: "none", Video: `${video}, ${name}` });
  });

  test.each(["jpeg", "png"] as const)("shows the label of a %s, and a text that is none", async (format) => {
    const path = join(folder.path, `labeled.${format}`);
    await writeFile(path, await picture(format, labelXmp));
    const { code, stdout } = await verify(path);
    expect(code).toBe(0);
    expect(fields(stdout)).toMatchObject({
      Label: "1",
      ContentProducer: "Another maker",
      ProduceID: "their-42",
    });
    await writeFile(path, await picture(format, xmp('TC260:AIGC="yes"')));
    const other = await verify(path);
    expect(other.code).toBe(1);
    expect(fields(other.stdout)).toMatchObject({ Label: "not valid: yes" });
  });

  test.each(["jpeg", "png", "webp"] as const)("checks the credentials of a %s", async (format) => {
    const { certificateFile, keyFile } = certificate;
    const claim = { generator: { name: "Test", version: "1" }, title: "a picture", ingredient: null };
    const content = { bytes: await picture(format), mimeType: `image/${format}` };
    const signer = loadSigner(certificateFile, keyFile, new Date());
    const path = join(folder.path, `signed.${format}`);
    await writeFile(path, await signContent(content, { ...claim, digitalSourceType: madeByAi }, signer));
    const { code, stdout } = await verify(path);
    expect(code).toBe(1);
    expect(fields(stdout)).toMatchObject({ Label: "none", C2PA: "valid" });
  });

  test("exits 1 for a file without a label, and 2 for one that cannot be read", async () => {
    const plain = join(folder.path, "plain.png");
    await writeFile(plain, await picture("png"));
    const unlabeled = await verify(plain);
    expect(unlabeled.code).toBe(1);
    expect(fields(unlabeled.stdout)).toMatchObject({
      ...{ Label: "none", C2PA: "none", Video: expect.stringMatching(/there is no database/) },
    });
    const text = join(folder.path, "text.mp4");
    await writeFile(text, "This is no film.");
    for (const path of [text, join(folder.path, "absent.mp4")]) await expectUnreadable(path);
  });

  const expectUnreadable = async (path: string) => {
    const unreadable = await verify(path);
    expect(unreadable).toMatchObject({ code: 2, stdout: "" });
    expect(unreadable.stderr).toMatch(/cannot be read/);
  };

  test.each(["jpeg", "png", "webp"] as const)(
    "exits 2 for a %s that is cut short, unless it has its label",
    async (format) => {
      const path = join(folder.path, `cut.${format}`);
      for (const length of format === "jpeg" ? [3, 100] : [16, 60]) {
        await writeFile(path, (await picture(format)).subarray(0, length));
        await expectUnreadable(path);
      }
      const labeled = await picture(format, labelXmp);
      await writeFile(path, labeled.subarray(0, labeled.length - 4));
      expect((await verify(path)).code).toBe(0);
    },
  );
});
