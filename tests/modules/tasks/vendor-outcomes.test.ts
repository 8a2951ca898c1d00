import { join } from "node:path";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CreateTaskDocument, PricesDocument } from "../../../src/generated/operations.js";
import { taskAttempts } from "../../../src/modules/tasks/tasks.tables.js";
import { uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { filesBelow } from "../../support/stored-files.js";
import { audit, create, credits, ended } from "../../support/tasks.js";
import { until } from "../../support/until.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product.close());

/** How often the vendor got the prompt, and how often it accepted it: each acceptance is paid for. */
function seen(prompt: string) {
  const found = product.sandbox.control.tasks().filter((submission) => submission.prompt === prompt);
  return {
    times: found.reduce((sum, submission) => sum + submission.timesSeen, 0),
    taken: found.reduce((sum, submission) => sum + submission.timesTaken, 0),
  };
}

function attemptsOf(taskId: string) {
  const uuid = uuidFromPublicId("task", taskId)!;
  return product.app.db
    .select()
    .from(taskAttempts)
    .where(eq(taskAttempts.taskId, uuid))
    .orderBy(taskAttempts.startedAt);
}

/** Keeps failures of several tests in a row from opening the circuit. */
async function resetCircuit() {
  await product.app.modules.tasks.health.recordAnswer("dyuapi");
}

describe("a rejection is final, is refunded, and is sent once", { concurrent: true }, () => {
  test.each([
    ["reject", "VENDOR_REJECTED"],
    ["422", "VENDOR_REJECTED"],
    ["content-policy", "CONTENT_POLICY"],
    ["401", "VENDOR_UNAVAILABLE"],
    ["402", "VENDOR_UNAVAILABLE"],
    ["403", "VENDOR_UNAVAILABLE"],
  ])("%s → %s", async (fault, code) => {
    const ana = await product.user();
    const prompt = `refused [fault:${fault}]`;
    const task = await ended(ana, await create(ana, { prompt }));
    expect(task).toMatchObject({ status: "FAILURE", refunded: true, failure: { code } });
    expect(task.entries.map(({ type, amount }) => [type, amount])).toEqual([
      ["GEN_HOLD", "-10"],
      ["GEN_REFUND", "10"],
    ]);
    expect(await credits(ana)).toEqual({ free: 100, held: 0 });
    expect(seen(prompt).times).toBe(1);
    await resetCircuit();
  });
});

describe("a submission whose outcome is unknown is never sent a second time", { concurrent: true }, () => {
  test.each(["500", "502", "504", "hang", "cut", "cut-within", "malformed", "no-id", "endless-body"])(
    "%s",
    async (fault) => {
      const ana = await product.user();
      const prompt = `unknown [fault:${fault}]`;
      const id = await create(ana, { prompt });
      const task = await ended(ana, id);
      expect(task).toMatchObject({
        status: "FAILURE",
        refunded: true,
        failure: { code: "VENDOR_UNAVAILABLE" },
      });
      expect(await credits(ana)).toEqual({ free: 100, held: 0 });
      expect(seen(prompt)).toEqual({ times: 1, taken: 1 });
      expect((await attemptsOf(id)).map((attempt) => attempt.outcome)).toEqual(["UNKNOWN"]);
      await resetCircuit();
    },
  );
});

describe("a submission that had no effect for certain is retried", { concurrent: true }, () => {
  test.each(["429", "503", "429:1"])("%s twice, then the video comes", async (fault) => {
    const ana = await product.user();
    const prompt = `again [fault:${fault} x2]`;
    const id = await create(ana, { prompt });
    expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS" });
    expect(seen(prompt)).toEqual({ times: 3, taken: 1 });
    expect((await attemptsOf(id)).map((a) => a.outcome)).toEqual(["THROTTLED", "THROTTLED", "ACCEPTED"]);
    expect(await credits(ana)).toEqual({ free: 90, held: 0 });
  });
});

describe("after the vendor accepted the task", { concurrent: true }, () => {
  test.each(["fail", "fail-policy"])("%s is refunded", async (fault) => {
    const ana = await product.user();
    const task = await ended(ana, await create(ana, { prompt: `[fault:${fault}]` }));
    const code = fault === "fail" ? "VENDOR_REJECTED" : "CONTENT_POLICY";
    expect(task).toMatchObject({ status: "FAILURE", refunded: true, failure: { code }, video: null });
  });

  test.each([
    "unknown-status",
    "progress-back",
    "no-link",
    "link-expired",
    "check-500 x2",
    "check-malformed x2",
    "check-hang x1",
    "file-500 x1",
  ])("%s does not prevent the video", async (fault) => {
    const ana = await product.user();
    expect(await ended(ana, await create(ana, { prompt: `[fault:${fault}]` }))).toMatchObject({
      status: "SUCCESS",
      progress: 100,
    });
    await resetCircuit();
  });

  test.each([
    "no-link-ever",
    "link-404",
    "link-garbage",
    "link-hostile",
    "link-two-indexes",
    "link-cut",
    "link-loop",
    "link-to:http://127.0.0.1:9/x",
  ])("%s: a video that cannot be downloaded is refunded, and none of its files stays", async (fault) => {
    const ana = await product.user();
    const id = await create(ana, { prompt: `[fault:${fault}]` });
    const task = await ended(ana, id);
    expect(task).toMatchObject({
      status: "FAILURE",
      refunded: true,
      failure: { code: "VENDOR_UNAVAILABLE" },
      video: null,
    });
    expect(await credits(ana)).toEqual({ free: 100, held: 0 });
    const folder = join(product.dataDir, "storage", "videos", uuidFromPublicId("task", id) as string);
    await until("the end of its files", () => filesBelow(folder).length === 0);
    await resetCircuit();
  });
});

describe("the vendor's circuit", () => {
  const areAvailable = async (client: Client) =>
    (await client.request(PricesDocument)).models.every((model) => model.available);

  test("stays closed while the prompts of one user alone make the vendor fail", async () => {
    const [ana, ben] = [await product.user(), await product.user()];
    const ids = Array.from({ length: 10 }, (_, n) => create(ana, { prompt: `only mine ${n} [fault:500]` }));
    for (const id of ids) expect(await ended(ana, await id)).toMatchObject({ status: "FAILURE" });
    for (let n = 0; n < 10; n++) {
      const id = await create(ana, { prompt: `only mine again ${n} [fault:500]` });
      expect(await ended(ana, id)).toMatchObject({ status: "FAILURE", refunded: true });
    }
    expect(await areAvailable(ben)).toBe(true);
    await create(ben, { prompt: "nothing to do with it" });
    await resetCircuit();
  });

  test("opens after ten failures of three users; createTask then charges nothing, and a probe closes it", async () => {
    const users = [await product.user(), await product.user(), await product.user()];
    const [ana] = users as [Client];
    product.sandbox.control.enableFault("500");
    product.sandbox.control.enableFault("check-500");
    // The last ones are refused if the first ten have failed by then.
    for (let n = 0; n < 12; n++)
      await (users[n % 3] as Client).execute(CreateTaskDocument, { input: { prompt: `down ${n}` } });
    await until("the open circuit", async () => !(await areAvailable(ana)));
    expect(await ana.errorCode(CreateTaskDocument, { input: { prompt: "now" } } as never)).toBe(
      "VENDOR_UNAVAILABLE",
    );
    await until("all refunds", async () => (await credits(ana)).free === 100);
    product.sandbox.control.clearFaults();
    await until("the closed circuit", () => areAvailable(ana));
    expect(await ended(ana, await create(ana, { prompt: "again" }))).toMatchObject({ status: "SUCCESS" });
  });
});

test("no secret and no vendor's address reaches a client or the log", async () => {
  const ana = await product.user();
  const task = await ended(ana, await create(ana, { prompt: "[fault:reject]" }));
  const seenText = JSON.stringify(task) + product.logged.join("");
  expect(seenText).not.toContain("sandbox-key-of-the-tests");
  expect(JSON.stringify(task)).not.toContain(new URL(product.sandbox.url).host);
});

test("at the end the audit finds nothing", async () => {
  expect(await audit(product)).toEqual([]);
});
