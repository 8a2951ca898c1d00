import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createLogger } from "../../src/platform/observability/logger.js";
import type { FetchResult, Vendor } from "../../src/vendors/contract.js";
import { adapters, apiKey, smallOrder } from "./support/vendor-setting.js";

type Answer = { status?: number; headers?: Record<string, string | string[]>; body: string | Buffer };

/** A vendor that gives one answer to whatever it is asked. */
let server: Server;
let answer: Answer;
let lastHeaders: Record<string, unknown>;
const logged: string[] = [];

beforeAll(async () => {
  const listener: RequestListener = (request, response) => {
    lastHeaders = request.headers;
    request.resume();
    response.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
    response.end(answer.body);
  };
  server = createServer({ maxHeaderSize: 1024 * 1024 }, listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
});
afterAll(() => new Promise((done) => server.close(done).closeAllConnections()));

const json = (value: unknown) => JSON.stringify(value);
const running = json({ id: "job-1", status: "running", progress: 40 });
const isRunning = { kind: "state", state: { status: "IN_PROGRESS", progress: 40 } };

describe.each(adapters)("$name reads", (adapter) => {
  let vendor: Vendor;
  beforeAll(async () => {
    const destination = { write: (line: string) => void logged.push(line) };
    const logger = await createLogger({ level: "trace", pretty: false, destination });
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    vendor = adapter.create({ baseUrl, apiKey, timeoutMs: 5_000, logger });
  });

  const check = (given: Answer, id = "job-1") => {
    answer = given;
    return vendor.check(id);
  };
  const submit = (given: Answer) => {
    answer = given;
    return vendor.submit(smallOrder("a boat"));
  };
  const encoded = (encoding: string, body: Buffer) => ({ body, headers: { "content-encoding": encoding } });

  test.each<[string, Answer]>([
    ["gzip", encoded("gzip", gzipSync(running))],
    ["x-gzip", encoded("X-GZIP", gzipSync(running))],
    ["br", encoded("br", brotliCompressSync(running))],
    ["deflate", encoded("deflate", deflateSync(running))],
    ["deflate without its wrapper", encoded("deflate", deflateRawSync(running))],
    ["zstd", encoded("zstd", zstdCompressSync(running))],
    ["two encodings", encoded("gzip, br", brotliCompressSync(gzipSync(running)))],
    ["a plain answer that calls itself gzip", encoded("gzip", Buffer.from(running))],
    ["an encoding that is none", encoded("utf-8", Buffer.from(running))],
    ["a byte order mark", { body: `\uFEFF${running}` }],
    ["a byte order mark in gzip", encoded("gzip", gzipSync(`\uFEFF${running}`))],
    ["UTF-16", { body: Buffer.from(`\uFEFF${running}`, "utf16le") }],
    ["a charset", { body: running, headers: { "content-type": "application/json; charset=GBK" } }],
    [
      "a charset that is none",
      { body: running, headers: { "content-type": "text/plain; charset=nonsense" } },
    ],
    ["100 kB of headers", { body: running, headers: { "x-pad": Array(100).fill("p".repeat(1000)) } }],
    ["one header of 60 kB", { body: running, headers: { "x-pad": "p".repeat(60_000) } }],
    ["an answer inside data", { body: json({ code: 0, message: "ok", data: JSON.parse(running) }) }],
  ])("%s", async (_, given) => {
    expect(await check(given)).toMatchObject(isRunning);
    expect(lastHeaders["user-agent"]).toMatch(/^SkyRiff\/\d+\.\d+\.\d+/);
  });

  test.each<[string, Answer]>([
    ["gzip that is cut", encoded("gzip", gzipSync(running.padEnd(2000)).subarray(0, 40))],
    ["gzip that is no gzip", encoded("gzip", Buffer.from([0x1f, 0x8b, 1, 2, 3, 4]))],
    ["br that is no br", encoded("br", Buffer.from("<html>"))],
    ["a bomb", encoded("gzip", gzipSync(Buffer.alloc(64 * 1024 * 1024, "a")))],
    ["a bomb in a bomb", encoded("gzip, gzip", gzipSync(gzipSync(Buffer.alloc(64 * 1024 * 1024, "a"))))],
    ["ten encodings", encoded(Array(10).fill("gzip").join(","), gzipSync(running))],
    ["nothing", { body: "" }],
    ["a page", { body: "<html>Bad gateway</html>" }],
    ["another task's state", { body: json({ id: "job-2", status: "completed", video_url: "/v.mp4" }) }],
    ["another task's failure", { body: json({ id: "job-2", status: "failed" }) }],
    ["another task inside data", { body: json({ id: "job-1", data: { id: "job-2", status: "failed" } }) }],
  ])("nothing from %s, and may ask again", async (_, given) => {
    expect(await check(given)).toMatchObject({ kind: "outcome-unknown" });
  });

  test.each([
    ["9007199254740993", "9007199254740993"],
    ["-9007199254740993", "-9007199254740993"],
    ["123456789012345678901234567890", "123456789012345678901234567890"],
    ["42", "42"],
    ['"0042"', "0042"],
    ['"9007199254740993"', "9007199254740993"],
  ])("the id %s as it is written", async (written, id) => {
    const body = `{"id": ${written}, "status": "queued"}`;
    for (const given of [body, `{"code": 200, "data": ${body}}`]) {
      expect(await submit({ body: given })).toMatchObject({ kind: "accepted", vendorTaskId: id });
      expect(await check({ body: given }, id)).toMatchObject({ kind: "state", state: { status: "QUEUED" } });
    }
  });

  const refusals: [string, Answer][] = [200, 400, 401, 403, 404, 422, 429, 451, 500, 503].flatMap(
    (status) => [
      [
        `${status} with a code`,
        { status, body: json({ error: { message: "no", code: "moderation_blocked" } }) },
      ],
      [`${status} with a code at the top`, { status, body: json({ code: "content_policy_violation" }) }],
      [`${status} with a sentence`, { status, body: json({ error: "内容审核未通过" }) }],
    ],
  );
  test.each<[string, Answer]>([
    ...refusals,
    ["400 with a bare sentence", { status: 400, body: "Your prompt was blocked by our moderation system." }],
    [
      "400 in gzip",
      { status: 400, ...encoded("gzip", gzipSync(json({ error: "content_policy_violation" }))) },
    ],
    ["a task that failed at once", { body: json({ id: "1", status: "failed", fail_reason: "内容违规" }) }],
    ["a refusal with an id", { body: json({ id: "req_1", error: { code: "content_filter" } }) }],
  ])("a refusal of content: %s", async (_, given) => {
    expect(await submit(given)).toMatchObject({ kind: "rejected", reason: "content-policy" });
  });

  test.each<[string, Answer, object]>([
    [
      "200 with another error",
      { body: json({ error: { code: "server_error" } }) },
      { kind: "outcome-unknown" },
    ],
    ["403 with another error", { status: 403, body: json({ error: "forbidden" }) }, { kind: "refused" }],
    ["a firewall's page", { status: 403, body: "<html>content policy</html>" }, { kind: "refused" }],
    ["400 with another error", { status: 400, body: "bad size" }, { kind: "rejected", reason: "rejected" }],
  ])("no refusal of content in %s", async (_, given, wanted) => {
    expect(await submit(given)).toMatchObject(wanted);
  });

  test("a content refusal in response to a check, in every format", async () => {
    const failed = { id: "job-1", status: "failed", error: { code: "content_policy_violation" } };
    expect(await check({ body: json(failed) })).toMatchObject({
      state: { status: "FAILURE", failure: { reason: "content-policy" } },
    });
    expect(await check({ body: json({ code: "content_policy_violation" }) })).toMatchObject({
      ...{ kind: "rejected", reason: "content-policy" },
    });
    expect(await check({ body: json({ id: "job-1", prompt: "nsfw", status: "running" }) })).toMatchObject({
      state: { status: "IN_PROGRESS", failure: null },
    });
  });

  test("an unknown status word counts as in progress, with a warning", async () => {
    expect(await check({ body: json({ id: "job-1", status: "Warming-Up" }) })).toMatchObject({
      state: { status: "IN_PROGRESS" },
    });
    expect(logged.map((text) => JSON.parse(text))).toContainEqual(
      expect.objectContaining({ level: "warn", vendor: adapter.name, status: "Warming-Up" }),
    );
  });

  const film = Buffer.from(Array.from({ length: 50_000 }, (_, n) => (n * n) % 251));
  const fetchFile = (given: Answer): Promise<FetchResult> => {
    answer = { ...given, headers: { "content-type": "video/mp4", ...given.headers } };
    return vendor.fetch("job-1", "/file.mp4");
  };

  test.each<[string, Answer]>([
    ["plain", { body: film, headers: { "content-length": String(film.length) } }],
    ["gzip", encoded("gzip", gzipSync(film))],
    ["br", encoded("br", brotliCompressSync(film))],
    ["zstd", encoded("zstd", zstdCompressSync(film))],
    ["behind 40 kB of headers", { body: film, headers: { "x-pad": "p".repeat(40_000) } }],
  ])("a file, %s", async (_, given) => {
    const file = await fetchFile(given);
    if (file.kind !== "opened") throw new Error(JSON.stringify(file));
    expect(Buffer.concat(await file.body.toArray()).equals(film)).toBe(true);
    expect(file.byteLength).toBe(given.headers?.["content-length"] ? film.length : null);
    expect(lastHeaders["user-agent"]).toMatch(/^SkyRiff\/\d/);
  });

  test("a truncated encoded file as an error, never as a shorter file", async () => {
    const file = await fetchFile(encoded("gzip", gzipSync(film).subarray(0, -10)));
    if (file.kind !== "opened") throw new Error(JSON.stringify(file));
    await expect(file.body.toArray()).rejects.toThrow();
  });

  test("an encoded file only as far as its reader consumes it", async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const file = await fetchFile(encoded("gzip", bomb));
    if (file.kind !== "opened") throw new Error(JSON.stringify(file));
    let read = 0;
    for await (const chunk of file.body) {
      read += (chunk as Buffer).length;
      if (read > 100_000) break;
    }
    expect(file.body.destroyed).toBe(true);
  });
});
