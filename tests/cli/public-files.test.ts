import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditFiles, tidyFiles } from "../../src/cli/stored-files.js";
import { PublishWorkDocument, UnpublishWorkDocument } from "../../src/generated/operations.js";
import { publicKeys } from "../../src/modules/works/publish/publication-files.js";
import { newUuid, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Client } from "../support/client.js";
import { collect } from "../support/collect.js";
import { callCommand } from "../support/command.js";
import { type Product, startProduct } from "../support/product.js";
import { create, ended } from "../support/tasks.js";
import { until } from "../support/until.js";

let product: Product;
let ana: Client;
/** Bare UUID. */
let workId: string;
let publicationId: string;
beforeAll(async () => {
  product = await startProduct();
  ana = await product.user();
  const { video } = await ended(ana, await create(ana));
  const input = { videoId: video?.id as string, title: "A cat" };
  const { publishWork } = await ana.request(PublishWorkDocument, { input });
  workId = uuidFromPublicId("work", publishWork.work.id) as string;
  const [row] = await product.app.db.execute<{ publication_id: string }>(
    sql`select publication_id from works where id = ${workId}`,
  );
  publicationId = row?.publication_id as string;
});
afterAll(() => product.close());

const tools = () => ({ ...product.app, databaseUrl: product.testDb.url });
const findings = async () =>
  (await collect(auditFiles(tools(), { bytes: true }))).map(
    ({ invariant, detail }) => `${invariant}: ${detail}`,
  );
const put = (key: string, text: string) =>
  product.app.storage.put(key, Buffer.from(text), { contentType: "application/octet-stream" });
const keys = () => publicKeys({ workId, publicationId });

test("a published work has four public files, with the checksums of its video's", async () => {
  expect(keys()).toHaveLength(4);
  expect(await findings()).toEqual([]);
  const [preview = "", still = ""] = keys();
  await put(preview, "something else");
  await product.app.storage.delete(still);
  expect(await findings()).toEqual(
    expect.arrayContaining([
      expect.stringContaining(`every file is as it was stored: work ${workId}: ${preview} has 14 bytes`),
      `every file that a row names is there: work ${workId}: ${still} is missing`,
    ]),
  );
  const settings = { DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir };
  expect((await callCommand(settings, "audit", "--files")).code).toBe(1);
});

test("public files that no work refers to are breaches, unless publishing may still need them", async () => {
  const strays = [
    ...publicKeys({ workId, publicationId: newUuid() }),
    ...publicKeys({ workId: newUuid(), publicationId: newUuid() }),
    "public/stray.mp4",
  ];
  const pending = { workId: newUuid(), publicationId: newUuid() };
  const queue = { name: "works.delete-publication" } as Parameters<typeof product.app.jobs.enqueueNow>[0];
  await product.app.jobs.enqueueNow(queue, [
    { payload: pending, onceKey: pending.publicationId, delayMs: 3_600_000 },
  ]);
  for (const key of [...strays, ...publicKeys(pending)]) await put(key, "x");
  const found = (await findings()).filter((line) => line.startsWith("every file is named by a row"));
  expect(found).toHaveLength(strays.length);
  for (const key of strays) expect(found).toContainEqual(expect.stringContaining(`: ${key} (1 bytes`));
  const tidied = await collect(tidyFiles(tools()));
  expect(tidied.map(({ key }) => key).toSorted()).toEqual(strays.toSorted());
  expect(new Set(tidied.map(({ fate }) => fate))).toEqual(new Set(["younger-than-a-day"]));
  for (const key of strays) await product.app.storage.delete(key);
});

test("a work that was taken out needs no public files, and none stays", async () => {
  const [{ id } = { id: "" }] = (
    await ana.request<{ myWorks: { nodes: { id: string }[] } }, unknown>("{ myWorks { nodes { id } } }")
  ).myWorks.nodes;
  await ana.request(UnpublishWorkDocument, { input: { workId: id } });
  await until("no finding", async () => (await findings()).length === 0);
  for (const key of keys()) expect(await product.app.storage.stat(key)).toBeNull();
});
