import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ConfigError, readConfig } from "../../../src/app/config.js";
import { createCatalog } from "../../../src/app/create-catalog.js";
import { Catalog, loadCatalog } from "../../../src/modules/catalog/index.js";
import { findAdapters } from "../../../src/vendors/adapter.js";

const known = (await findAdapters()).map(({ name }) => name);
const shipped = globSync("src/modules/catalog/catalogs/*.json");
const read = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const portrait = { model: "sora2", durationSec: 10, ratio: "RATIO_9_16", hd: false } as const;

describe("the built-in catalogs", () => {
  test.each(shipped)("%s is valid", (path) => {
    expect(Catalog.parse(read(path), { names: known }).models(new Date()).length).toBeGreaterThan(0);
  });

  test("the default prefers DyuAPI and has the other vendor as a fallback for every offer", () => {
    const catalog = loadCatalog(undefined, { names: known });
    for (const model of catalog.models(new Date()))
      for (const { durationSec, hd } of model.offers)
        for (const ratio of model.ratios) {
          const orders = catalog.vendorsFor({ model: model.id, durationSec, hd, ratio });
          expect(orders.map(({ vendor }) => vendor)).toEqual(["dyuapi", "openai"]);
        }
  });

  /** Offers, their prices, and DyuAPI's model names for portrait, landscape and square. */
  const sold = (path: string) => {
    const catalog = Catalog.parse(read(path), { names: known });
    return catalog.models(new Date()).flatMap((model) =>
      model.offers.map(({ durationSec, hd, credits }) => {
        const names = model.ratios.map((ratio) => {
          const [first] = catalog.vendorsFor({ model: model.id, durationSec, hd, ratio });
          return `${first!.vendorModel} ${first!.size}`;
        });
        return [`${model.id} ${durationSec} s${hd ? " hd" : ""}: ${credits}`, ...names];
      }),
    );
  };
  const madeAs = (upright: string, wide = upright) => [
    `${upright} 720x1280`,
    `${wide} 1280x720`,
    `${upright} 720x720`,
  ];

  test("the default has the offers and parameters of the protocol, at a credit a second", () => {
    const plain = madeAs("sora2-portrait", "sora2-landscape");
    const longer = madeAs("sora2-portrait-15s", "sora2-landscape-15s");
    expect(sold("src/modules/catalog/catalogs/default.json")).toEqual([
      ["sora2 10 s: 10", ...plain],
      ["sora2 15 s: 15", ...longer],
      ["sora2-pro 10 s: 10", ...plain],
      ["sora2-pro 15 s: 15", ...longer],
      ["sora2-pro 25 s: 25", ...madeAs("sora2-pro-portrait-25s", "sora2-pro-landscape-25s")],
      ["sora2-pro 10 s hd: 10", ...madeAs("sora2-pro-portrait-hd-10s", "sora2-pro-landscape-hd-10s")],
      ["sora2-pro 15 s hd: 15", ...madeAs("sora2-pro-portrait-hd-15s", "sora2-pro-landscape-hd-15s")],
    ]);
  });

  test("the catalog of the earlier gateway has its names and no HD", () => {
    const [turbo, pro] = [madeAs("sora-turbo-2025-04-16"), madeAs("sora-pro-2025-04-16")];
    expect(sold("src/modules/catalog/catalogs/earlier-gateway.json")).toEqual([
      ["sora2 10 s: 10", ...turbo],
      ["sora2 15 s: 15", ...turbo],
      ["sora2-pro 10 s: 10", ...turbo],
      ["sora2-pro 15 s: 15", ...turbo],
      ["sora2-pro 25 s: 25", ...pro],
    ]);
  });

  test("a vendor can have its own size, and settings can replace its model names", () => {
    const catalog = loadCatalog(undefined, { names: known, modelNames: { openai: { "sora-2-pro": "big" } } });
    const hd = { model: "sora2-pro", durationSec: 10, ratio: "RATIO_16_9", hd: true } as const;
    expect(catalog.vendorsFor(hd)).toEqual([
      { vendor: "dyuapi", vendorModel: "sora2-pro-landscape-hd-10s", size: "1280x720" },
      { vendor: "openai", vendorModel: "big", size: "1792x1024" },
    ]);
    expect(catalog.vendorsFor(portrait)[1]).toMatchObject({ vendorModel: "sora-2", size: "720x1280" });
  });
});

test("a problem in a catalog is reported like a problem in a setting", () => {
  const config = readConfig({ MODEL_CATALOG: "package.json" });
  expect(() => createCatalog(config, [])).toThrow(ConfigError);
  expect(() => createCatalog(config, [])).toThrow(/The settings are not right:.*MODEL_CATALOG/s);
});

test("an unknown vendor is an error when the file is read", () => {
  const file = read("src/modules/catalog/catalogs/default.json");
  file.models[0].offers[0].vendors[0].vendor = "dyuapo";
  expect(() => Catalog.parse(file, { names: known })).toThrow(
    /"dyuapo" is not a vendor; vendors are dyuapi, openai/,
  );
});

describe("the vendor that the settings select", () => {
  const access = { OPENAI_BASE_URL: "https://videos.example/v1", OPENAI_API_KEY: "k" };
  const vendorWith = (env: Record<string, string>) => readConfig(env).vendor;
  const production = {
    NODE_ENV: "production",
    DATABASE_URL: "postgres://db/skyriff",
    AUTH_SECRET: "x".repeat(32),
    PUBLIC_URL: "https://skyriff.example",
    SMS_CONSOLE_IN_PRODUCTION: "on",
  };

  test.each([
    ["nothing", {}, "sandbox"],
    ["DyuAPI's key", { DYUAPI_API_KEY: "k" }, "dyuapi"],
    ["openai's address and key", access, "openai"],
    ["both", { ...access, DYUAPI_API_KEY: "k" }, "dyuapi"],
    ["a name", { ...access, DYUAPI_API_KEY: "k", VENDOR: "openai" }, "openai"],
    // Many shells set this variable for other programs. It alone must not select a vendor that costs money.
    ["an OPENAI_API_KEY without an address", { OPENAI_API_KEY: "k" }, "sandbox"],
  ])("%s", (_, env, vendor) => {
    expect(vendorWith(env)).toBe(vendor);
  });

  test("a selected vendor requires its settings", () => {
    expect(() => vendorWith({ VENDOR: "dyuapi" })).toThrow(
      "DYUAPI_API_KEY must be set when VENDOR is dyuapi",
    );
    expect(() => vendorWith({ VENDOR: "openai" })).toThrow(
      /OPENAI_BASE_URL must be set when VENDOR is openai.*OPENAI_API_KEY must be set when VENDOR is openai/s,
    );
  });

  test("in production the sandbox must be selected by name", () => {
    expect(() => vendorWith(production)).toThrow("DYUAPI_API_KEY must be set in production");
    expect(() => vendorWith({ ...production, VENDOR: "openai" })).toThrow(
      "OPENAI_API_KEY must be set in production",
    );
    expect(vendorWith({ ...production, ...access })).toBe("openai");
    expect(vendorWith({ ...production, VENDOR: "sandbox" })).toBe("sandbox");
  });

  test("an invalid model map and webhook secret are reported by name", () => {
    const bad = { ...access, OPENAI_MODELS: "sora-2", OPENAI_WEBHOOK_SECRET: "whsec_MfKQ,nonsense" };
    expect(() => readConfig(bad)).toThrow(/OPENAI_MODELS: must be.*OPENAI_WEBHOOK_SECRET: must be/s);
    const good = readConfig({ ...access, OPENAI_MODELS: "a=b, c=d", OPENAI_WEBHOOK_SECRET: "whsec_MfKQ" });
    expect(good).toMatchObject({ OPENAI_MODELS: { a: "b", c: "d" }, OPENAI_WEBHOOK_SECRET: ["whsec_MfKQ"] });
  });
});
