import { expect, test } from "vitest";
import type { Catalog } from "../../app/catalog";
import { cheaper, choose } from "./choose";
import type { Draft } from "./draft";

const price = (model: string, durationSec: number, hd: boolean, costCredits: number) => ({
  model,
  durationSec,
  hd,
  costCredits,
});
const catalog = {
  pricing: {
    generation: [
      price("plain", 10, false, 10),
      price("plain", 15, false, 15),
      price("pro", 10, false, 20),
      price("pro", 25, false, 50),
      price("pro", 10, true, 40),
    ],
  },
  models: [
    { id: "plain", durationsSec: [10, 15], hdDurationsSec: [], ratios: ["RATIO_9_16", "RATIO_16_9"] },
    { id: "pro", durationsSec: [10, 25], hdDurationsSec: [10], ratios: ["RATIO_1_1"] },
  ],
} as unknown as Catalog;
const draft = (change: Partial<Draft>) => ({ model: null, durationSec: null, hd: false, ...change }) as Draft;

test("the first model and its first duration are the default", () => {
  expect(choose(catalog, draft({}))).toMatchObject({
    model: "plain",
    durationSec: 10,
    ratio: "RATIO_16_9",
    price: 10,
  });
});

test("a duration that the model does not offer becomes the nearest one", () => {
  expect(choose(catalog, draft({ model: "plain", durationSec: 25 }))?.durationSec).toBe(15);
  expect(choose(catalog, draft({ model: "pro", durationSec: 25, hd: true }))).toMatchObject({
    durationSec: 10,
    hd: true,
    price: 40,
  });
});

test("high definition is left out where the model has none", () => {
  expect(choose(catalog, draft({ model: "plain", hd: true }))?.hd).toBe(false);
});

test("a model that is gone becomes the first one", () => {
  expect(choose(catalog, draft({ model: "older" }))?.model).toBe("plain");
});

test("the longest offer that can be paid is proposed, for all videos of the batch", () => {
  const choice = choose(catalog, draft({ model: "pro", durationSec: 25 }));
  if (!choice) throw new Error("no offer");
  expect(cheaper(catalog, choice, 45, 1)).toMatchObject({ durationSec: 10, hd: true });
  expect(cheaper(catalog, choice, 45, 2)).toMatchObject({ durationSec: 10, hd: false });
  expect(cheaper(catalog, choice, 5, 1)).toBeNull();
});
