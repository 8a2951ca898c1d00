import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { adapter as openai } from "../../src/vendors/adapters/openai.js";
import { parseFault } from "../../src/vendors/sandbox/faults.js";
import { until } from "../support/until.js";
import { adapterSetting, smallOrder, vendorSetting } from "./support/vendor-setting.js";

it("faults are enabled over HTTP for matching prompts and a number of times, and counts are readable", async () => {
  const { sandbox, vendor } = await vendorSetting();
  const post = (path: string, body: object) =>
    fetch(`${sandbox.url}/control/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  expect((await post("faults", { match: "dog", fault: "503", times: 1 })).status).toBe(204);
  expect((await post("faults", { fault: "no-such-thing" })).status).toBe(400);
  expect(await vendor.submit(smallOrder("a cat"))).toMatchObject({ kind: "accepted" });
  expect(await vendor.submit(smallOrder("a dog"))).toMatchObject({ kind: "throttled" });
  expect(await vendor.submit(smallOrder("a dog"))).toMatchObject({ kind: "accepted" });

  await post("faults", { fault: "402" });
  expect(await vendor.submit(smallOrder("a cow"))).toMatchObject({ kind: "refused" });
  await fetch(`${sandbox.url}/control/faults`, { method: "DELETE" });
  expect(await vendor.submit(smallOrder("a cow"))).toMatchObject({ kind: "accepted" });

  const { tasks } = (await (await fetch(`${sandbox.url}/control/tasks`)).json()) as { tasks: object[] };
  expect(tasks).toEqual([
    expect.objectContaining({ prompt: "a cat", timesSeen: 1, timesTaken: 1, size: "160x160", seconds: 1 }),
    expect.objectContaining({ prompt: "a dog", timesSeen: 2, timesTaken: 1 }),
    expect.objectContaining({ prompt: "a cow", timesSeen: 2, timesTaken: 1 }),
  ]);
  await sandbox.close();
});

it("a task takes the configured time: queued, then rising progress, then complete", async () => {
  const { sandbox, submitted, until, stateOf } = await vendorSetting({ durationMs: 600_000 });
  const slow = await submitted("slow");
  expect(await stateOf(slow)).toMatchObject({ status: "QUEUED", progress: 0 });
  await fetch(`${sandbox.url}/control/duration`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ durationMs: 1_500 }),
  });
  const quick = await submitted("quick");
  const seen: { status: string; progress: number | null }[] = [];
  await until(quick, ({ status, progress }) => {
    seen.push({ status, progress });
    return status === "SUCCESS";
  });
  const ranks = seen.map(({ status }) => ["QUEUED", "IN_PROGRESS", "SUCCESS"].indexOf(status));
  expect(new Set(ranks)).toEqual(new Set([0, 1, 2]));
  expect(ranks).toEqual([...ranks].sort());
  const progress = seen.map((state) => state.progress ?? -1);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect(await stateOf(slow)).toMatchObject({ status: "QUEUED" });
  await sandbox.close();
});

it("with a work folder a task survives a restart of the sandbox and completes", async () => {
  const workDir = await mkdtemp(join(tmpdir(), "skyriff-sandbox-test-"));
  const before = await vendorSetting({ workDir, durationMs: 500 });
  const id = await before.submitted("goes on");
  await before.sandbox.close();
  const after = await vendorSetting({ workDir, durationMs: 500 });
  expect(await after.finished(id)).toMatchObject({ status: "SUCCESS" });
  const file = await after.vendor.fetch(id, `${before.sandbox.url}/files/${id}.mp4`);
  expect(file.kind).toBe("opened");
  if (file.kind === "opened") file.body.on("error", () => {}).destroy();
  await after.sandbox.close();
  await rm(workDir, { recursive: true, force: true });
});

it("signed webhooks go to the configured URL and are retried until accepted", async () => {
  const { sandbox, submitted } = await adapterSetting(openai);
  const told: { headers: IncomingHttpHeaders; body: string }[] = [];
  const receiver = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text) => {
      body += text;
    });
    request.on("end", () => {
      told.push({ headers: request.headers, body });
      response.writeHead(told.length === 1 ? 503 : 204).end();
    });
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => receiver.once("listening", resolve));
  const control = (method: string, body?: object) =>
    fetch(`${sandbox.url}/control/webhooks`, {
      method,
      ...(body && { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  expect((await control("POST", { url, secret: "no secret" })).status).toBe(400);
  expect((await control("POST", { url, secret })).status).toBe(204);
  await submitted("[fault:stuck]");
  await submitted("[fault:webhook-never]");
  const id = await submitted("told");
  await until("the repetition", () => told.length === 2);
  expect(new Set(told.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  for (const { headers, body } of told) {
    expect(JSON.parse(body)).toMatchObject({ object: "event", type: "video.completed", data: { id } });
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toBeTruthy();
  }
  const { deliveries } = (await (await control("GET")).json()) as { deliveries: object[] };
  expect(deliveries).toMatchObject([{ taskId: id, type: "video.completed", answers: [503, 204] }]);
  expect((await control("DELETE")).status).toBe(204);
  receiver.close();
  await sandbox.close();
});

it("an unknown fault in a prompt is rejected, so that no test relies on it", async () => {
  const { sandbox, vendor } = await vendorSetting();
  const result = await vendor.submit(smallOrder("[fault:rejcet]"));
  expect(result).toMatchObject({ kind: "rejected", detail: expect.stringContaining("rejcet") });
  await sandbox.close();
});

it("faults are parsed with endpoint, argument and number of times", () => {
  expect(parseFault("check-429:2 x3")).toEqual({ name: "429", endpoint: "check", argument: "2", times: 3 });
  expect(parseFault("link-404")).toEqual({ name: "link-404", endpoint: null, argument: null, times: null });
  for (const none of ["", "nope", "check-stuck", "toString", "429:", "x3"])
    expect(parseFault(none), none).toBeNull();
});

it("the control API is available from loopback addresses only", async () => {
  const outside = Object.values(networkInterfaces())
    .flat()
    .find((address) => address && !address.internal && address.family === "IPv4");
  const { sandbox } = await vendorSetting({ host: "0.0.0.0" });
  const answer = (host: string) => fetch(`http://${host}:${sandbox.port}/control/tasks`);
  expect((await answer("127.0.0.1")).status).toBe(200);
  if (outside) expect((await answer(outside.address)).status).toBe(403);
  await sandbox.close();
});
