import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../../../src/app/config.js";
import { DownloadNoWatermarkDocument, DownloadTermsDocument } from "../../../src/generated/operations.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { callCommand, runCommand } from "../../support/command.js";
import { fixedCode, type Product, startProduct } from "../../support/product.js";
import { newPhone } from "../../support/seed.js";
import { create, ended } from "../../support/tasks.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const example = "deploy/download-terms.example.json";
const terms = { version: "v 2", text: { en: "Label it.", zh: "请标识。" }, url: "https://terms.test/" };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

async function fileWith(content: unknown): Promise<string> {
  const path = join(folder.path, "terms.json");
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("the file of terms", () => {
  test("that ships as an example is read", () => {
    const { DOWNLOAD_TERMS_FILE } = readConfig({ DOWNLOAD_TERMS_FILE: example });
    expect(DOWNLOAD_TERMS_FILE).toMatchObject({ version: "2026-11", url: null });
    expect(DOWNLOAD_TERMS_FILE?.text.zh).toContain("人工智能生成");
  });

  test.each([
    ["that is no JSON", "{ version", /is no JSON/],
    ["without Chinese", { ...terms, text: { en: "Label it." } }, /text\.zh: /],
    ["with an empty text", { ...terms, text: { ...terms.text, en: " " } }, /text\.en: must not be empty/],
    ["without a version", { text: terms.text }, /version: /],
    ["with a version of two lines", { ...terms, version: "1\n2" }, /version: must be 1 to 64 characters/],
    ["with another link than a web page", { ...terms, url: "javascript:alert(1)" }, /url: must be an http/],
    ["with a misspelled field", { ...terms, urls: null }, /urls/],
  ])("%s is refused at the start, with the reason", async (_, content, reason) => {
    const path = await fileWith(content);
    expect(() => readConfig({ DOWNLOAD_TERMS_FILE: path })).toThrow(/The settings are not right:/);
    expect(() => readConfig({ DOWNLOAD_TERMS_FILE: path })).toThrow(reason);
    expect(() => readConfig({ DOWNLOAD_TERMS_FILE: path })).toThrow(/DOWNLOAD_TERMS_FILE: /);
  });

  test("that is not there is named together with all other problems", () => {
    const settings = { DOWNLOAD_TERMS_FILE: "no-such-file.json", DOWNLOAD_LOG_DAYS: "182" };
    expect(() => readConfig(settings)).toThrow(
      /DOWNLOAD_TERMS_FILE: the file cannot be read: .*no-such-file\.json.*DOWNLOAD_LOG_DAYS: /s,
    );
  });
});

describe("a server with terms", () => {
  let product: Product;
  let ana: Client;
  let videoId: string;
  const phone = newPhone();
  beforeAll(async () => {
    product = await startProduct({ settings: { DOWNLOAD_TERMS_FILE: await fileWith(terms) } });
    ana = product.client();
    await ana.logIn(phone, fixedCode);
    const { video } = await ended(ana, await create(ana));
    videoId = video?.id as string;
  });
  afterAll(() => product.close());

  const settings = () => ({ DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir });
  const downloads = (...args: string[]) => callCommand(settings(), "downloads", ...args);

  test("shows them without a login, in the language of the request", async () => {
    const { downloadTerms } = await product.client().request(DownloadTermsDocument, {});
    expect(downloadTerms).toEqual({ version: "v 2", text: "Label it.", url: "https://terms.test/" });
    const answer = await fetch(`${product.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", "accept-language": "zh-CN" },
      body: JSON.stringify({ query: "{ downloadTerms { text } }" }),
    });
    expect(await answer.json()).toEqual({ data: { downloadTerms: { text: "请标识。" } } });
  });

  test("sells a download to a user who accepts them, and operators find it after the video is deleted", async () => {
    const input = { videoId, idempotencyKey: "one" };
    const refused = await ana.execute(DownloadNoWatermarkDocument, { input });
    expect(refused.errors?.[0]?.extensions).toMatchObject({
      ...{ code: "TERMS_NOT_ACCEPTED", version: "v 2", field: "acceptTerms" },
    });
    await ana.request(DownloadNoWatermarkDocument, { input: { ...input, acceptTerms: "v 2" } });
    // The repeated call needs no acceptance and adds no record.
    await ana.request(DownloadNoWatermarkDocument, { input });
    await ana.request(DownloadNoWatermarkDocument, { input: { videoId, acceptTerms: "v 2" } });
    const { me, video, wallet } = await ana.request<Things, unknown>(things, { videoId });
    await ana.request("mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { deletedVideoId } }", {
      id: videoId,
    });

    const { code, stdout } = await runCommand(settings(), "downloads", "--video", videoId);
    expect(code).toBe(0);
    const line = (entry: { id: string; createdAt: string }) =>
      [entry.createdAt, me.id, videoId, video.sha256, "v 2", "127.0.0.1", entry.id].join("\t");
    expect(stdout.split("\n")).toEqual([
      "time\tuser\tvideo\tsha256\tterms version\taddress\tstatement entry",
      ...wallet.entries.nodes.map(line),
      "",
    ]);
    expect(stdout).not.toContain(phone.slice(1));
    for (const option of [
      ["--phone", phone],
      ["--user", me.id],
      ["--sha256", video.sha256.toUpperCase()],
    ])
      expect(await downloads(...option)).toEqual({ code: 0, stdout, stderr: "" });
    const none = await downloads("--sha256", "0".repeat(64));
    expect(none).toEqual({ code: 1, stdout: "", stderr: "There are no such downloads on record.\n" });
  });
});

test.each([
  [[], "give one of"],
  [["--phone", "+8613800138000", "--sha256", "0".repeat(64)], "give one of"],
  [["--video", publicId("user", newUuid())], "starts with video_"],
  [["--sha256", "0a"], "64 hex digits"],
  [["--phone", "13800138000"], "E.164"],
])("the command downloads refuses %j before it opens the database", async (args, reason) => {
  expect(await callCommand({}, "downloads", ...args)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(reason),
  });
});

const things = `query ($videoId: ID!) {
  me { id }
  video(id: $videoId) { sha256 }
  wallet { entries(types: [DOWNLOAD_SPEND]) { nodes { id createdAt } } }
}`;

interface Things {
  me: { id: string };
  video: { sha256: string };
  wallet: { entries: { nodes: { id: string; createdAt: string }[] } };
}
