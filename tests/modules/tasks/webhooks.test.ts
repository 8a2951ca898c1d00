import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startApi } from "../../../src/app/api.js";
import { createApp } from "../../../src/app/create-app.js";
import { Shutdown } from "../../../src/app/shutdown.js";
import { CancelTaskDocument } from "../../../src/generated/operations.js";
import { attemptsOf } from "../../../src/modules/tasks/attempts.repository.js";
import { refetchDelayMs } from "../../../src/modules/tasks/backoff.js";
import { vendorEvents } from "../../../src/modules/tasks/tasks.tables.js";
import { deleteOldEvents } from "../../../src/modules/tasks/vendor-events.repository.js";
import { uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { SandboxVendor } from "../../../src/vendors/sandbox/index.js";
import { startOpenaiVendor } from "../../support/openai-vendor.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit, create, credits, ended, readTask } from "../../support/tasks.js";
import { until } from "../../support/until.js";

const newSecret = "whsec_bmV3IHNlY3JldCBvZiB0aGUgdGVzdHMuLi4=";
const oldSecret = "whsec_b2xkIHNlY3JldCBvZiB0aGUgdGVzdHMuLi4=";
const hourMs = 3_600_000;

let product: Product;
let vendor: SandboxVendor;

beforeAll(async () => {
  const { sandbox, settings } = await startOpenaiVendor();
  vendor = sandbox;
  product = await startProduct({
    settings: {
      ...settings,
      VENDOR: "openai",
      OPENAI_TIMEOUT_MS: "20000",
      OPENAI_WEBHOOK_SECRET: `${newSecret},${oldSecret}`,
      // By looks alone nothing would happen during these tests.
      VENDOR_POLL_INTERVAL_MS: String(hourMs),
      TASK_TIMEOUT_MS: String(100 * hourMs),
    },
  });
  vendor.control.sendWebhooksTo({ url: webhookUrl(), secret: newSecret });
});
afterAll(async () => {
  await product.close();
  await vendor.close();
});
afterEach(() => vendor.control.setDurationMs(600));

const webhookUrl = (at = product.url) => `${at}/webhooks/openai`;

let calls = 0;
const newId = () => `wh_of_the_tests_${calls++}`;

interface Told {
  id?: string;
  type?: string;
  vendorTaskId?: string;
  secret?: string;
  sentAt?: Date;
}

/** The webhook that a vendor would send, signed by the specification's own library. */
function webhookOf({ id = newId(), type = "video.completed", ...told }: Told = {}) {
  const { vendorTaskId = "video_of_somebody_else", secret = newSecret, sentAt = new Date() } = told;
  const body = JSON.stringify({
    id: "evt_1",
    object: "event",
    type,
    created_at: 1,
    data: { id: vendorTaskId },
  });
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(id, sentAt, body),
  };
  return { headers, body };
}

async function post(
  { headers, body }: { headers: Record<string, string>; body: string },
  url = webhookUrl(),
) {
  const answer = await fetch(url, { method: "POST", headers, body });
  const text = await answer.text();
  const code = text && JSON.parse(text).errors[0].extensions.code;
  return code ? `${answer.status} ${code}` : answer.status;
}

/** A task that the vendor has taken in, under the vendor's own id. */
async function atVendor(prompt: string) {
  const ana = await product.user();
  const taskId = await create(ana, { prompt });
  const uuid = uuidFromPublicId("task", taskId) as string;
  const vendorTaskId = await until("the vendor's id", async () => {
    const [attempt] = await attemptsOf(product.app.db, uuid);
    return attempt?.vendorTaskId;
  });
  return { ana, taskId, vendorTaskId };
}

const eventsOf = async (vendorTaskId: string) =>
  (await product.app.db.select().from(vendorEvents)).filter((event) => event.vendorTaskId === vendorTaskId);

describe("with polls an hour apart", () => {
  test("a video comes by webhook alone", async () => {
    const ana = await product.user();
    const task = await ended(ana, await create(ana, { prompt: "told" }));
    expect(task).toMatchObject({ status: "SUCCESS", progress: 100 });
    expect(vendor.control.webhooks().at(-1)).toMatchObject({ type: "video.completed", answers: [204] });
  });

  test.each([
    ["fail", "VENDOR_REJECTED"],
    ["fail-policy", "CONTENT_POLICY"],
  ])("a task that ends as %s is refunded by webhook alone", async (fault, code) => {
    const ana = await product.user();
    const task = await ended(ana, await create(ana, { prompt: `[fault:${fault}]` }));
    expect(task).toMatchObject({ status: "FAILURE", refunded: true, failure: { code } });
    expect(await credits(ana)).toEqual({ free: 100, held: 0 });
  });

  test("a webhook that overtakes the submission's own answer is not lost", async () => {
    vendor.control.setDurationMs(0);
    const ana = await product.user();
    const id = await create(ana, { prompt: "[fault:webhook-early]" });
    expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS" });
  });

  test("a repeated webhook is processed once", async () => {
    const { ana, taskId, vendorTaskId } = await atVendor("[fault:webhook-twice]");
    expect(await ended(ana, taskId)).toMatchObject({ status: "SUCCESS" });
    await until("the repetition", () => vendor.control.webhooks().at(-1)?.answers.length === 2);
    expect(vendor.control.webhooks().at(-1)?.answers).toEqual([204, 204]);
    expect(await eventsOf(vendorTaskId)).toHaveLength(1);
  });

  test("a finished video that is not to be had at once does not wait for the next look", () => {
    expect(refetchDelayMs(hourMs, 1)).toBeLessThanOrEqual(20_000);
  });

  test("a server without a worker hears it for those that have one", async () => {
    const closers = new Shutdown(product.app.logger);
    const config = { ...product.app.config, DATA_DIR: `${product.dataDir}/other`, PORT: 0 };
    const app = await createApp(config, { database: "own", worker: false }, product.app.logger, closers);
    const url = await startApi(app, closers);
    vendor.control.sendWebhooksTo({ url: webhookUrl(url), secret: newSecret });
    const ana = await product.user();
    const id = await create(ana, { prompt: "told elsewhere" });
    expect(await ended(ana, id)).toMatchObject({ status: "SUCCESS" });
    vendor.control.sendWebhooksTo({ url: webhookUrl(), secret: newSecret });
    await closers.close();
  });
});

describe("a webhook triggers a check, and its content is never trusted", () => {
  test("an end that has not come ends nothing, and the task goes on", async () => {
    vendor.control.setDurationMs(0);
    const { ana, taskId, vendorTaskId } = await atVendor("[fault:stuck]");
    for (const type of ["video.completed", "video.failed"])
      expect(await post(webhookOf({ type, vendorTaskId }))).toBe(204);
    await until("the look", async () => (await readTask(ana, taskId)).status === "IN_PROGRESS");
    expect(await readTask(ana, taskId)).toMatchObject({ refunded: false, video: null });
    expect(await eventsOf(vendorTaskId)).toHaveLength(2);
  });

  test("one about a task that is not ours, or about anything else, is taken and ignored", async () => {
    expect(await post(webhookOf({ vendorTaskId: "video_of_another_installation" }))).toBe(204);
    expect(await post(webhookOf({ type: "response.completed", vendorTaskId: "resp_1" }))).toBe(204);
    expect(await eventsOf("resp_1")).toEqual([]);
  });

  test("events are deleted when vendors no longer repeat them", async () => {
    const { db } = product.app;
    await deleteOldEvents(db, new Date());
    expect((await db.select().from(vendorEvents)).length).toBeGreaterThan(0);
    await deleteOldEvents(db, new Date(Date.now() + 5 * 24 * hourMs));
    expect(await db.select().from(vendorEvents)).toEqual([]);
  });
});

describe("the caller", () => {
  const ago = (seconds: number) => new Date(Date.now() - seconds * 1000);
  const changed = (change: (webhook: ReturnType<typeof webhookOf>) => void) => {
    const webhook = webhookOf();
    change(webhook);
    return webhook;
  };

  test("must sign with a secret that we have; while it is rotated there are two", async () => {
    expect(await post(webhookOf({ secret: newSecret }))).toBe(204);
    expect(await post(webhookOf({ secret: oldSecret }))).toBe(204);
    const stranger = webhookOf({ secret: "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldC4uLi4=" });
    expect(await post(stranger)).toBe("401 UNAUTHENTICATED");
  });

  test("may sign in several ways, of which one must fit", async () => {
    const webhook = changed(({ headers }) => {
      headers["webhook-signature"] = `v1a,AAAA v1,BBBB v2,CCCC ${headers["webhook-signature"]} v1,DDDD`;
    });
    expect(await post(webhook)).toBe(204);
  });

  test.each<[string, (webhook: ReturnType<typeof webhookOf>) => void]>([
    ["another body", (webhook) => (webhook.body = webhook.body.replace("completed", "failed"))],
    ["one space more", (webhook) => (webhook.body += " ")],
    ["another id", ({ headers }) => (headers["webhook-id"] = "wh_another")],
    [
      "another time",
      ({ headers }) => (headers["webhook-timestamp"] = String(Math.floor(Date.now() / 1000) - 7)),
    ],
    ["an empty signature", ({ headers }) => (headers["webhook-signature"] = "v1,")],
    [
      "another version",
      ({ headers }) => (headers["webhook-signature"] = headers["webhook-signature"]!.replace("v1", "v2")),
    ],
  ])("is refused with %s than was signed", async (_, change) => {
    expect(await post(changed(change))).toBe("401 UNAUTHENTICATED");
  });

  test.each([
    ["six minutes ago", ago(360), "401 UNAUTHENTICATED"],
    ["in six minutes", ago(-360), "401 UNAUTHENTICATED"],
    ["four minutes ago", ago(240), 204],
    ["in four minutes", ago(-240), 204],
  ])("is heard within five minutes: sent %s", async (_, sentAt, answer) => {
    expect(await post(webhookOf({ sentAt }))).toBe(answer);
  });

  test.each<[string, (webhook: ReturnType<typeof webhookOf>) => void]>([
    ["no id", ({ headers }) => delete headers["webhook-id"]],
    ["no time", ({ headers }) => delete headers["webhook-timestamp"]],
    ["no signature", ({ headers }) => delete headers["webhook-signature"]],
    ["a time that is none", ({ headers }) => (headers["webhook-timestamp"] = "soon")],
    ["an id without an end", ({ headers }) => (headers["webhook-id"] = "x".repeat(5_000))],
  ])("is not understood with %s", async (_, change) => {
    expect(await post(changed(change))).toBe("400 BAD_REQUEST");
  });

  test("is not understood when what is signed is no event", async () => {
    for (const body of ["", "{", "[]", '{"type":5}', '"video.completed"']) {
      const [id, sentAt] = [newId(), new Date()];
      const headers = {
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(sentAt.getTime() / 1000)),
        "webhook-signature": new Webhook(newSecret).sign(id, sentAt, body),
      };
      expect(await post({ headers, body }), body).toBe("400 BAD_REQUEST");
    }
  });

  test("may not send more than a webhook needs, and is told where nobody listens", async () => {
    expect(product.app.vendors.webhookSenders).toEqual(["openai"]);
    expect(await post({ ...webhookOf(), body: "x".repeat(300_000) })).toBe("413 PAYLOAD_TOO_LARGE");
    expect(await post(webhookOf(), `${product.url}/webhooks/dyuapi`)).toBe("404 NOT_FOUND");
    expect(await post(webhookOf(), `${product.url}/webhooks/nobody`)).toBe("404 NOT_FOUND");
    expect((await fetch(webhookUrl())).status).toBe(404);
  });
});

test("a canceled task is canceled at the vendor, with a retry if the call may not have arrived", async () => {
  vendor.control.setDurationMs(600_000);
  const { ana, taskId, vendorTaskId } = await atVendor("[fault:cancel-503 x1] called off");
  await ana.request(CancelTaskDocument, { input: { taskId } });
  await until("the vendor to know", () =>
    vendor.control.tasks().some(({ canceledIds }) => canceledIds.includes(vendorTaskId)),
  );
  expect(await credits(ana)).toEqual({ free: 100, held: 0 });
});

test("no secret is in the log, and at the end the audit finds nothing", async () => {
  const logged = product.logged.join("");
  for (const secret of [newSecret, oldSecret, "openai-key-of-the-tests"])
    expect(logged).not.toContain(secret);
  expect(await audit(product)).toEqual([]);
});
