import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { responseFaults } from "../../src/vendors/sandbox/faults.js";
import {
  type AdapterSetting,
  adapterSetting,
  adapters,
  apiKey,
  smallOrder,
} from "./support/vendor-setting.js";

/** For each answer fault: what the adapter must make of it, and whether the vendor has a task then. */
const expected: Record<
  keyof typeof responseFaults,
  { result: object; timesTaken: 0 | 1; argument?: string }
> = {
  reject: { result: { kind: "rejected", reason: "rejected", status: 400 }, timesTaken: 0 },
  "422": { result: { kind: "rejected", reason: "rejected", status: 422 }, timesTaken: 0 },
  "content-policy": { result: { kind: "rejected", reason: "content-policy", status: 400 }, timesTaken: 0 },
  "401": { result: { kind: "refused", status: 401 }, timesTaken: 0 },
  "402": { result: { kind: "refused", status: 402 }, timesTaken: 0 },
  "403": { result: { kind: "refused", status: 403 }, timesTaken: 0 },
  "404": { result: { kind: "refused", status: 404 }, timesTaken: 0 },
  "429": { result: { kind: "throttled", retryAfterMs: 7_000 }, timesTaken: 0, argument: "7" },
  "503": { result: { kind: "throttled", retryAfterMs: null }, timesTaken: 0 },
  "500": { result: { kind: "outcome-unknown" }, timesTaken: 1 },
  "502": { result: { kind: "outcome-unknown" }, timesTaken: 1 },
  "504": { result: { kind: "outcome-unknown" }, timesTaken: 1 },
  hang: { result: { kind: "outcome-unknown" }, timesTaken: 1 },
  cut: { result: { kind: "outcome-unknown" }, timesTaken: 1 },
  "cut-before": { result: { kind: "outcome-unknown" }, timesTaken: 0 },
  "cut-within": { result: { kind: "outcome-unknown" }, timesTaken: 1 },
  malformed: { result: { kind: "outcome-unknown" }, timesTaken: 1 },
  "no-id": { result: { kind: "outcome-unknown" }, timesTaken: 1 },
  "endless-body": { result: { kind: "outcome-unknown" }, timesTaken: 1 },
  redirect: { result: { kind: "outcome-unknown" }, timesTaken: 0 },
  slow: { result: { kind: "accepted" }, timesTaken: 1, argument: "50" },
};

describe.each(adapters)("failed calls to $name", (adapter) => {
  let setting: AdapterSetting;
  const vendorSetting = (options: Parameters<typeof adapterSetting>[1]) => adapterSetting(adapter, options);
  const results: unknown[] = [];
  const seen = (prompt: string) => setting.sandbox.control.tasks().find((entry) => entry.prompt === prompt);

  beforeAll(async () => {
    setting = await vendorSetting({ timeoutMs: 1_500 });
  });
  afterAll(() => setting.sandbox.close());

  describe.each(Object.entries(expected))("%s", (name, { result: wanted, timesTaken, argument }) => {
    const fault = argument ? `${name}:${argument}` : name;

    it("at the submission has the expected result, without a retry", async () => {
      const prompt = `a boat [fault:${fault}]`;
      const result = await setting.vendor.submit(smallOrder(prompt));
      results.push(result);
      expect(result).toMatchObject(wanted);
      expect(seen(prompt)).toMatchObject({ timesSeen: 1, timesTaken });
    });

    it("at a check never ends the task, and the next check works", async () => {
      const id = await setting.submitted(`a look [fault:check-${fault} x1]`);
      const result = await setting.vendor.check(id);
      results.push(result);
      if (name === "slow") expect(result.kind).toBe("state");
      else if (name === "404") expect(result.kind).toBe("unknown-task");
      else expect(result).toMatchObject(wanted);
      expect((await setting.vendor.check(id)).kind).toBe("state");
    });
  });

  it("no result contains the key", () => {
    expect(results.length).toBe(2 * Object.keys(responseFaults).length);
    expect(JSON.stringify(results)).not.toContain(apiKey);
    expect(setting.logLines.join("")).not.toContain(apiKey);
  });

  it("a fault with a limited number of uses lets the next submission through", async () => {
    const order = smallOrder("slow down [fault:429:0 x2]");
    expect(await setting.vendor.submit(order)).toMatchObject({ kind: "throttled", retryAfterMs: 0 });
    expect(await setting.vendor.submit(order)).toMatchObject({ kind: "throttled" });
    expect(await setting.vendor.submit(order)).toMatchObject({ kind: "accepted" });
    expect(seen(order.prompt)).toMatchObject({ timesSeen: 3, timesTaken: 1 });
  });

  it("a Retry-After may be a date", async () => {
    const result = await setting.vendor.submit(smallOrder("[fault:429:date+3600]"));
    const waitMs = result.kind === "throttled" ? (result.retryAfterMs ?? 0) : 0;
    expect(Math.abs(waitMs - 3_600_000)).toBeLessThan(10_000);
  });

  it("a wrong key is refused and redacted in results and logs, although the vendor echoes it", async () => {
    const wrongKey = "sk-wrong-91ab";
    const stranger = await vendorSetting({ key: wrongKey });
    const refused = { kind: "refused", status: 401 };
    const results = [
      await stranger.vendor.submit(smallOrder("x")),
      await stranger.vendor.check("video_1"),
      await stranger.vendor.cancel?.("video_1"),
    ].filter((result) => result !== undefined);
    for (const result of results) expect(result).toMatchObject(refused);
    expect(JSON.stringify(results)).toContain("[redacted]");
    expect(JSON.stringify(results) + stranger.logLines.join("")).not.toContain(wrongKey);
    expect(stranger.logLines.length).toBeGreaterThanOrEqual(results.length);
    await stranger.sandbox.close();
  });

  it("an id that the vendor does not have is an unknown task, even with path characters", async () => {
    for (const id of ["video_nobody", "../control/tasks", "..%2f..", "a/content"])
      expect(await setting.vendor.check(id), id).toMatchObject({ kind: "unknown-task" });
  });

  it("a refused connection means that nothing happened", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const away = await vendorSetting({ baseUrl: `http://127.0.0.1:${port}` });
    const wanted = { kind: "throttled", retryAfterMs: null, detail: "ECONNREFUSED" };
    expect(await away.vendor.submit(smallOrder("x"))).toEqual(wanted);
    expect(await away.vendor.check("video_1")).toEqual(wanted);
    expect(await away.vendor.fetch("video_1", null)).toEqual(wanted);
    await away.sandbox.close();
  });

  it("an unknown host means that nothing happened", async () => {
    const away = await vendorSetting({ baseUrl: "http://vendor.invalid" });
    expect(await away.vendor.submit(smallOrder("x"))).toMatchObject({ kind: "throttled" });
    await away.sandbox.close();
  });

  it("each submission uses a new connection, so the closing of an old one cannot affect it", async () => {
    const requests: (string | undefined)[] = [];
    const server = createHttpServer((request, response) => {
      requests.push(request.headers.connection);
      request.resume().on("end", () => response.end('{"id":"video_1","status":"queued"}'));
    }).listen(0, "127.0.0.1");
    let connections = 0;
    server.on("connection", () => {
      connections += 1;
    });
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const elsewhere = await vendorSetting({ baseUrl: `http://127.0.0.1:${port}` });
    for (const prompt of ["one", "two", "three"]) {
      expect(await elsewhere.vendor.submit(smallOrder(prompt))).toMatchObject({ kind: "accepted" });
    }
    expect(connections).toBe(3);
    expect(requests).toEqual(["close", "close", "close"]);
    server.close();
    await elsewhere.sandbox.close();
  });
});
