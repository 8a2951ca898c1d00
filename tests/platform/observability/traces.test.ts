import { request as call, createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CreateTaskDocument, TasksDocument } from "../../../src/generated/operations.js";
import { findFfmpegPath } from "../../../src/platform/ffmpeg/ffmpeg-path.js";
import { createLogger } from "../../../src/platform/observability/logger.js";
import { startOtlpTracing } from "../../../src/platform/observability/otlp-tracing.js";
import { span } from "../../../src/platform/observability/tracing.js";
import { type SandboxVendor, startSandboxVendor } from "../../../src/vendors/sandbox/index.js";
import { type Product, startProduct } from "../../support/product.js";
import { ended } from "../../support/tasks.js";
import { type CollectedSpan, startTraceCollector } from "../../support/trace-collector.js";
import { until } from "../../support/until.js";

/** A proxy of the vendor that records the headers of its requests. */
async function startVendorProxy(vendor: SandboxVendor) {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers);
    const { method, url = "", headers } = request;
    const onwards = call(new URL(url, vendor.url), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onwards.on("error", () => response.destroy());
    request.pipe(onwards);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, server };
}

let collector: Awaited<ReturnType<typeof startTraceCollector>>;
let vendor: SandboxVendor;
let proxy: Awaited<ReturnType<typeof startVendorProxy>>;
let product: Product;
const apiKey = "a-key-that-must-stay-secret";
beforeAll(async () => {
  collector = await startTraceCollector();
  const ffmpegPath = await findFfmpegPath({ setting: undefined, searchPath: process.env.PATH });
  vendor = await startSandboxVendor({ port: 0, durationMs: 300, ffmpegPath, oneFilmForAll: true, apiKey });
  proxy = await startVendorProxy(vendor);
  product = await startProduct({
    settings: {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      DYUAPI_BASE_URL: proxy.url,
      DYUAPI_API_KEY: apiKey,
    },
  });
});
afterAll(async () => {
  await product.close();
  proxy.server.close();
  await vendor.close();
  await collector.close();
});

const foreignTrace = "4bf92f3577b34da6a3ce929d0e0e4736";
const attribute = (span: CollectedSpan, key: string) =>
  Object.values(span.attributes.find((a) => a.key === key)?.value ?? {})[0];

test("one trace covers the request, every job and every vendor call", async () => {
  const ana = await product.user();
  const order = { input: { prompt: "a trace through [fault:429 x1] everything" } };
  const traceparent = `00-${foreignTrace}-00f067aa0ba902b7-01`;
  const { data, headers } = await ana.rawRequest(CreateTaskDocument, order, { traceparent });
  expect(await ended(ana, data!.createTask.task.id)).toMatchObject({ status: "SUCCESS" });
  const settled = await until("the last span", () => collector.spans.find((s) => s.name === "settle task"));
  const inTrace = () => collector.spans.filter((span) => span.traceId === settled.traceId);
  await until("the job around it", () => inTrace().some((s) => s.spanId === settled.parentSpanId));

  const parentOf = (span: CollectedSpan) =>
    inTrace().find((s) => s.spanId === span.parentSpanId)?.name ?? null;
  const tree = new Set(inTrace().map((span) => `${parentOf(span)} > ${span.name}`));
  expect(tree).toEqual(
    new Set([
      "null > POST /graphql",
      "POST /graphql > mutation createTask",
      "mutation createTask > create tasks",
      "create tasks > job submit-task",
      "job submit-task > vendor submit",
      "create tasks > job check-task",
      "job check-task > vendor check",
      "create tasks > job ingest-video",
      "job ingest-video > vendor fetch",
      "job ingest-video > store clean file",
      "job ingest-video > make preview",
      "job ingest-video > make stills",
      "job ingest-video > settle task",
    ]),
  );
  const requestId = headers.get("x-request-id");
  const named = inTrace().filter((span) => attribute(span, "skyriff.request_id") !== undefined);
  expect(named.length).toBeGreaterThan(4);
  expect(new Set(named.map((span) => attribute(span, "skyriff.request_id")))).toEqual(new Set([requestId]));
  const submissions = inTrace().filter((span) => span.name === "vendor submit");
  expect(submissions.map((span) => attribute(span, "skyriff.outcome")).sort()).toEqual([
    "accepted",
    "throttled",
  ]);
  const ready = product.logged
    .map((line) => JSON.parse(line))
    .find((line) => line.msg === "a video is ready");
  expect(ready).toMatchObject({ requestId, traceId: settled.traceId });
});

test("operations over a WebSocket, rejected tasks and refunds are traced too", async () => {
  const ben = await product.user();
  const id = await ben.request(CreateTaskDocument, { input: { prompt: "[fault:reject]" } });
  await ended(ben, id.createTask.task.id);
  for await (const answer of ben.subscribe(TasksDocument, {})) expect(answer.errors).toBeUndefined();
  await ben.disconnect();
  const refund = await until("the refund", () => collector.spans.find((s) => s.name === "refund task"));
  expect(attribute(refund, "skyriff.failure")).toBe("VENDOR_REJECTED");
  await until("the socket's operation", () =>
    collector.spans.some((s) => s.name === "query tasks" && s.kind === 2),
  );
});

test("traces contain no secret, phone number or user input, and do not continue a client's trace", () => {
  // Without the times, because nanoseconds may contain the digits of a phone number.
  const all = collector.received.join("\n").replace(/"\w+TimeUnixNano":"?\d+"?/g, "");
  expect(collector.received.length).toBeGreaterThan(0);
  expect(collector.received.every((line) => line.startsWith("POST /v1/traces"))).toBe(true);
  expect(all).toContain('"skyriff"');
  for (const word of [apiKey, "1391000000", "a trace through", "Bearer", "eyJ", foreignTrace]) {
    expect(all.includes(word), `the collector received ${word}`).toBe(false);
  }
});

test("vendors receive no trace and no request id", () => {
  expect(proxy.seen.length).toBeGreaterThan(3);
  const names = new Set(proxy.seen.flatMap((headers) => Object.keys(headers)));
  expect([...names].filter((name) => /trace|baggage|request-id|b3/.test(name))).toEqual([]);
});

describe("these run last, because they replace the tracer of this process", () => {
  const logged: string[] = [];
  async function tracedWith(options: { endpoint: string; sampleRatio: number }): Promise<void> {
    const destination = { write: (line: string) => void logged.push(line) };
    const logger = await createLogger({ level: "info", pretty: false, destination });
    const stop = startOtlpTracing({ ...options, serviceName: "skyriff", logger });
    await span(`traced at ${options.sampleRatio}`, {}, async () => {});
    await stop();
    await span("traced after the end", {}, async () => {});
  }

  test("the sample ratio of the setting is applied", async () => {
    await tracedWith({ endpoint: collector.url, sampleRatio: 0 });
    await tracedWith({ endpoint: `${collector.url}/`, sampleRatio: 1 });
    const names = collector.spans.map(({ name }) => name).filter((name) => name.startsWith("traced"));
    expect(names).toEqual(["traced at 1"]);
  });

  test("an unavailable collector is logged, and delays neither the work nor the shutdown", async () => {
    await tracedWith({ endpoint: "http://127.0.0.1:1", sampleRatio: 1 });
    expect(logged.join("")).toContain("could not export traces");
  });
});
