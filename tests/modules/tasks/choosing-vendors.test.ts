import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CancelTaskDocument, CreateTaskDocument, PricesDocument } from "../../../src/generated/operations.js";
import { attemptsOf } from "../../../src/modules/tasks/attempts.repository.js";
import { newUuid, uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Vendor } from "../../../src/vendors/contract.js";
import type { SandboxVendor } from "../../../src/vendors/sandbox/index.js";
import { VendorDirectory } from "../../../src/vendors/vendor-directory.js";
import type { Client } from "../../support/client.js";
import { seenBy, startOpenaiVendor } from "../../support/openai-vendor.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit, create, credits, ended } from "../../support/tasks.js";
import { UnreliableProxy } from "../../support/unreliable-proxy.js";
import { until } from "../../support/until.js";

/** The catalog's first choice is dyuapi, and openai stands by; each is behind a gate. */
let product: Product;
let dyuapi: SandboxVendor;
let openai: SandboxVendor;
let dyuapiProxy: UnreliableProxy;
let openaiProxy: UnreliableProxy;

beforeAll(async () => {
  const other = await startOpenaiVendor();
  openai = other.sandbox;
  const first = await startOpenaiVendor({ apiKey: "dyuapi-key-of-the-tests" });
  dyuapi = first.sandbox;
  dyuapiProxy = await UnreliableProxy.inFrontOf(dyuapi.url);
  openaiProxy = await UnreliableProxy.inFrontOf(openai.url);
  product = await startProduct({
    settings: {
      ...other.settings,
      OPENAI_BASE_URL: `${openaiProxy.url}/openai/v1`,
      DYUAPI_BASE_URL: dyuapiProxy.url,
      DYUAPI_API_KEY: "dyuapi-key-of-the-tests",
      SIGNUP_CREDITS: "1000",
    },
  });
});
afterAll(async () => {
  await product.close();
  await Promise.all([dyuapiProxy.refuse(), openaiProxy.refuse(), dyuapi.close(), openai.close()]);
});
afterEach(async () => {
  for (const vendor of [dyuapi, openai]) vendor.control.clearFaults();
  for (const name of ["dyuapi", "openai"]) await product.app.modules.tasks.health.recordAnswer(name);
});

const triesOf = async (id: string) => {
  const attempts = await attemptsOf(product.app.db, uuidFromPublicId("task", id) as string);
  return attempts.map(({ vendor, vendorModel, outcome }) => `${vendor} ${vendorModel} ${outcome}`);
};

const users = [newUuid(), newUuid(), newUuid()];

const openCircuit = async (name: string) => {
  for (let n = 0; n < 10; n++)
    await product.app.modules.tasks.health.recordFailure(name, users[n % 3] as string);
};

describe("a submission that surely had no effect at the first vendor goes to the next one", () => {
  const expectMadeByTheOther = async (ana: Client, id: string) => {
    expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS", refunded: false });
    expect(await triesOf(id)).toEqual(["dyuapi sora2-portrait THROTTLED", "openai sora-2 ACCEPTED"]);
    expect(await credits(ana)).toEqual({ free: 990, held: 0 });
  };

  test.each(["429", "429:3600", "503"])("%s", async (fault) => {
    dyuapi.control.enableFault(fault);
    const ana = await product.user();
    const prompt = `elsewhere, since ${fault}`;
    await expectMadeByTheOther(ana, await create(ana, { prompt }));
    expect(seenBy(dyuapi, prompt)).toEqual({ times: 1, taken: 0 });
    expect(seenBy(openai, prompt)).toEqual({ times: 1, taken: 1 });
  });

  test("a refused connection", async () => {
    await dyuapiProxy.refuse();
    const ana = await product.user();
    await expectMadeByTheOther(ana, await create(ana, { prompt: "nobody is there" }));
    await dyuapiProxy.allow();
  });
});

test("a vendor whose circuit is open is not asked, and the model stays available", async () => {
  await openCircuit("dyuapi");
  const ana = await product.user();
  const id = await create(ana, { prompt: "past an open circuit" });
  const { models } = await ana.request(PricesDocument);
  expect(models.map(({ available }) => available)).toEqual(models.map(() => true));
  expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS" });
  expect((await triesOf(id)).at(-1)).toBe("openai sora-2 ACCEPTED");
});

test("with every circuit open no model is available, and createTask charges nothing", async () => {
  // Both are really away, so that no probe closes a circuit in the middle of the test.
  await Promise.all([dyuapiProxy.refuse(), openaiProxy.refuse()]);
  for (const name of ["dyuapi", "openai"]) await openCircuit(name);
  const ana = await product.user();
  const { models } = await ana.request(PricesDocument);
  expect(models.map(({ available }) => available)).toEqual(models.map(() => false));
  expect(await ana.errorCode(CreateTaskDocument, { input: { prompt: "now" } } as never)).toBe(
    "VENDOR_UNAVAILABLE",
  );
  expect(await credits(ana)).toEqual({ free: 1000, held: 0 });
  await openaiProxy.allow();
  await until(
    "one vendor that is well",
    async () => (await ana.request(PricesDocument)).models[0]?.available,
  );
  expect(await ended(ana, await create(ana, { prompt: "one is back" }))).toMatchObject({ status: "SUCCESS" });
  await dyuapiProxy.allow();
});

describe("a submission that may have reached a vendor goes to no other", () => {
  test.each(["500", "502", "504", "hang", "cut", "cut-before", "malformed", "no-id", "400", "401", "402"])(
    "%s is never taken to another",
    async (given) => {
      const fault = given === "400" ? "reject" : given;
      dyuapi.control.enableFault(fault);
      const ana = await product.user();
      const prompt = `once, ${given}`;
      const id = await create(ana, { prompt });
      expect(await ended(ana, id)).toMatchObject({ status: "FAILURE", refunded: true });
      expect(await triesOf(id)).toHaveLength(1);
      expect(seenBy(openai, prompt).times).toBe(0);
      expect(await credits(ana)).toEqual({ free: 1000, held: 0 });
    },
  );
});

test("a Retry-After holds for the vendor that said it, and for no other", async () => {
  dyuapi.control.enableFault("429:3600");
  openai.control.enableFault("503", { times: 2 });
  const ana = await product.user();
  const prompt = "come back in an hour";
  const id = await create(ana, { prompt });
  expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS" });
  expect(await triesOf(id)).toEqual([
    "dyuapi sora2-portrait THROTTLED",
    "openai sora-2 THROTTLED",
    "openai sora-2 THROTTLED",
    "openai sora-2 ACCEPTED",
  ]);
  expect(seenBy(dyuapi, prompt).times).toBe(1);
});

test("a task does not sit out one vendor's Retry-After while another is only unwell", async () => {
  dyuapi.control.enableFault("429:3600");
  await openaiProxy.refuse();
  await openCircuit("openai");
  const ana = await product.user();
  const id = await create(ana, { prompt: "one is back before the other" });
  await until("the first try", async () => (await triesOf(id)).length === 1);
  await openaiProxy.allow();
  expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS" });
  expect(await triesOf(id)).toEqual(["dyuapi sora2-portrait THROTTLED", "openai sora-2 ACCEPTED"]);
});

test("a task that is called off while one vendor turns it away is taken to no other", async () => {
  dyuapi.control.enableFault("slow:1200");
  dyuapi.control.enableFault("429");
  const ana = await product.user();
  const prompt = "never mind";
  const id = await create(ana, { prompt });
  await until("the first vendor's call", () => seenBy(dyuapi, prompt).times === 1);
  const { cancelTask } = await ana.request(CancelTaskDocument, { input: { taskId: id } });
  expect(cancelTask.task.status).toBe("CANCELED");
  await until("the first vendor's answer", async () => (await triesOf(id))[0]?.endsWith("THROTTLED"));
  dyuapi.control.clearFaults();
  // Whoever comes after it in the queue shows that it is not merely late.
  await ended(ana, await create(ana, { prompt: "the next" }));
  expect(seenBy(openai, prompt).times).toBe(0);
  expect(await credits(ana)).toEqual({ free: 990, held: 0 });
});

describe("the candidates for an order", () => {
  const vendor = (name: string) => ({ name }) as Vendor;
  const [a, b] = [vendor("a"), vendor("b")];
  const orders = ["a", "unknown", "b"].map((name) => ({ vendor: name }));
  const names = (directory: VendorDirectory) =>
    directory.candidatesFor(orders).map((taker) => taker.vendor.name);
  const both = new Map([
    ["a", a],
    ["b", b],
  ]);

  test("is the catalog's order, without those that are not set up", () => {
    expect(names(new VendorDirectory(both))).toEqual(["a", "b"]);
    expect(names(new VendorDirectory(new Map([["b", b]])))).toEqual(["b"]);
  });

  test("has a named vendor first", () => {
    expect(names(new VendorDirectory(both, "b"))).toEqual(["b", "a"]);
    expect(names(new VendorDirectory(both, "b").mapVendors((each) => ({ ...each })))).toEqual(["b", "a"]);
  });

  test("has one that stands in for several once, so that it is asked once", () => {
    const one = new Map(["a", "b"].map((name) => [name, a] as const));
    expect(names(new VendorDirectory(one))).toEqual(["a"]);
  });
});

test("at the end the audit finds nothing", async () => {
  expect(await audit(product)).toEqual([]);
});
