import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CreateTaskDocument, PricesDocument } from "../../../src/generated/operations.js";
import type { CatalogFile } from "../../../src/modules/catalog/catalog.js";
import { type Product, startProduct } from "../../support/product.js";
import { create, credits } from "../../support/tasks.js";
import { upload } from "../../support/upload.js";

let product: Product;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "skyriff-catalog-"));
  const path = join(folder, "models.json");
  const file = JSON.parse(readFileSync("src/modules/catalog/catalogs/default.json", "utf8")) as CatalogFile;
  const [sora, pro] = file.models as [CatalogFile["models"][number], CatalogFile["models"][number]];
  const models = [
    { ...sora, sunsetAt: "2100-01-01T00:00:00.000Z" },
    {
      ...pro,
      imageToVideo: false,
      ratios: ["RATIO_16_9"],
      offers: pro.offers.map((o) => ({ ...o, credits: 7 })),
    },
    { ...sora, id: "sora1", sunsetAt: "2026-01-01T00:00:00.000Z" },
  ];
  writeFileSync(path, JSON.stringify({ ...file, models }));
  product = await startProduct({ worker: false, settings: { MODEL_CATALOG: path } });
});
afterAll(async () => {
  await product.close();
  rmSync(folder, { recursive: true, force: true });
});

test("models and prices are public and come from the catalog, without models past their sunset", async () => {
  const { models, pricing } = await product.client().request(PricesDocument);
  expect(models).toEqual([
    {
      id: "sora2",
      name: "Sora 2",
      durationsSec: [10, 15],
      hdDurationsSec: [],
      ratios: ["RATIO_9_16", "RATIO_16_9", "RATIO_1_1"],
      imageToVideo: true,
      available: true,
      sunsetAt: "2100-01-01T00:00:00.000Z",
    },
    {
      id: "sora2-pro",
      name: "Sora 2 Pro",
      durationsSec: [10, 15, 25],
      hdDurationsSec: [10, 15],
      ratios: ["RATIO_16_9"],
      imageToVideo: false,
      available: true,
      sunsetAt: null,
    },
  ]);
  expect(pricing).toMatchObject({
    noWatermarkDownloadCredits: 6,
    maxPromptLength: 1000,
    maxConcurrentTasks: 20,
    maxTasksPerDay: 200,
    maxUploadBytes: 10 * 1024 * 1024,
  });
  expect(pricing.generation.map((p) => [p.model, p.durationSec, p.hd, p.costCredits])).toEqual([
    ["sora2", 10, false, 10],
    ["sora2", 15, false, 15],
    ["sora2-pro", 10, false, 7],
    ["sora2-pro", 15, false, 7],
    ["sora2-pro", 25, false, 7],
    ["sora2-pro", 10, true, 7],
    ["sora2-pro", 15, true, 7],
  ]);
});

test("the listed price is the held price", async () => {
  const ana = await product.user();
  await create(ana, {
    model: "sora2-pro",
    durationSec: 15,
    hd: true,
    ratio: "RATIO_16_9",
    maxCostCredits: 7,
  });
  expect(await credits(ana)).toEqual({ free: 93, held: 7 });
});

test("an order that is not offered is BAD_USER_INPUT with the argument's name, and costs nothing", async () => {
  const ana = await product.user();
  const color = { width: 16, height: 16, channels: 3 as const, background: "red" };
  const image = await upload(ana, await sharp({ create: color }).png().toBuffer());
  const pro = { model: "sora2-pro", ratio: "RATIO_16_9" };
  const wrong: [string, object][] = [
    ["model", { model: "sora1" }],
    ["model", { model: "x".repeat(100_000) }],
    ["hd", { hd: true }],
    ["durationSec", { durationSec: 25 }],
    ["durationSec", { ...pro, durationSec: 25, hd: true }],
    ["ratio", { ...pro, ratio: "RATIO_1_1" }],
    ["referenceImageId", { ...pro, referenceImageId: image.id }],
  ];
  for (const [field, input] of wrong) {
    const { errors } = await ana.execute(CreateTaskDocument, { input: { prompt: "x", ...input } } as never);
    expect(errors?.[0]?.extensions).toEqual({ code: "BAD_USER_INPUT", field });
  }
  expect(await credits(ana)).toEqual({ free: 100, held: 0 });
});
