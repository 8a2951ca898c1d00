import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

export interface CollectedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  attributes: { key: string; value: Record<string, unknown> }[];
}

interface TracesRequest {
  resourceSpans: { resource: unknown; scopeSpans: { spans: CollectedSpan[] }[] }[];
}

/** An OpenTelemetry collector that stores OTLP calls (HTTP, JSON). */
export async function startTraceCollector() {
  const spans: CollectedSpan[] = [];
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as TracesRequest;
    received.push(`${request.method} ${request.url} ${JSON.stringify(body)}`);
    for (const { scopeSpans } of body.resourceSpans)
      for (const scope of scopeSpans) spans.push(...scope.spans);
    response.setHeader("content-type", "application/json").end("{}");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    /** Every call, with its whole body. */
    received,
    close: () => new Promise((done) => server.close(done)),
  };
}
