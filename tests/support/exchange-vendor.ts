import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { type CallKind, casesFolder, type Exchange, type ExchangeAnswer } from "./exchanges.js";

/** One call as it reached the vendor. `id` is the job's id in the address; null for a create call. */
export interface VendorCall {
  kind: CallKind;
  id: string | null;
  headers: IncomingMessage["headers"];
}

interface Order {
  exchange: Exchange;
  id: string;
  model: string;
  calls: VendorCall[];
  checks: number;
}

const encoders = { gzip: gzipSync, br: brotliCompressSync, deflate: deflateSync };
const healthyFile = { path: "../03-encoded-answers/tiny.mp4" };

/** A DyuAPI vendor that answers each order with the exchange that its prompt names. */
export class ExchangeVendor {
  private readonly orders: Order[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));
  url = "";

  constructor(private readonly exchanges: readonly Exchange[]) {}

  async start(): Promise<this> {
    await new Promise<void>((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  /** Every call of one exchange's order, in the order in which they came. */
  callsOf({ name }: Exchange): VendorCall[] {
    return this.orders.find(({ exchange }) => exchange.name === name)?.calls ?? [];
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const path = /^\/(v1\/videos|files)(?:\/([^/]+))?(\/content)?$/.exec(request.url ?? "");
    const kind = path && kindOf(path);
    const order = kind === "create" ? this.take(body) : this.find(path?.[2]);
    if (!kind || !order) {
      response.writeHead(404, { "content-type": "application/json" });
      response.end('{"error":{"message":"not found","type":"invalid_request_error","code":"not_found"}}');
      return;
    }
    const id = kind === "create" ? null : decodeURIComponent(path?.[2] ?? "");
    order.calls.push({ kind, id, headers: request.headers });
    send(order, this.answerTo(order, kind), `${this.url}/files/${order.id}`, request, response);
  }

  private take(body: string): Order | undefined {
    const exchange = this.exchanges.find(({ name }) => fieldOf(body, "prompt") === name);
    if (!exchange) return undefined;
    const id = exchange.id ?? `job_${this.orders.length + 1}`;
    const order = { exchange, id, model: fieldOf(body, "model"), calls: [], checks: 0 };
    this.orders.push(order);
    return order;
  }

  /** The first order with this id: a vendor that reuses an id still has the first job. */
  private find(id: string | undefined): Order | undefined {
    return this.orders.find((order) => order.id === decodeURIComponent(id ?? ""));
  }

  private answerTo(order: Order, kind: CallKind): ExchangeAnswer {
    const { exchange, checks } = order;
    if (kind === "state") order.checks += 1;
    const given = exchange[kind];
    if (Array.isArray(given)) return given[Math.min(checks, given.length - 1)] ?? {};
    return given ?? healthyAnswers(checks)[kind];
  }
}

function kindOf([, base, id, content]: RegExpExecArray): CallKind {
  if (base === "files") return "file";
  if (!id) return "create";
  return content ? "content" : "state";
}

function healthyAnswers(checks: number): Record<CallKind, ExchangeAnswer> {
  const queued = { id: "{{id}}", object: "video", status: "queued", progress: 0, model: "{{model}}" };
  const completed = { ...queued, status: "completed", progress: 100, video_url: "{{link}}" };
  return {
    create: { json: queued },
    state: { json: checks === 0 ? queued : completed },
    content: { json: { id: "{{id}}", video_url: "{{link}}" } },
    file: healthyFile,
  };
}

function send(
  { exchange, id, model }: Order,
  answer: ExchangeAnswer,
  link: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const filled = (text: string) =>
    text.replaceAll("{{id}}", id).replaceAll("{{link}}", link).replaceAll("{{model}}", model);
  const text = answer.text ?? JSON.stringify(answer.json ?? {});
  const plain = answer.path
    ? readFileSync(join(casesFolder, exchange.folder, answer.path))
    : Buffer.from(`${answer.bom ? "\uFEFF" : ""}${filled(text)}`);
  const accepted = request.headers["accept-encoding"];
  const encode = answer.encode && (accepted?.includes(answer.encode) ?? true) ? answer.encode : null;
  const body = encode ? encoders[encode](plain) : plain;
  response.writeHead(answer.status ?? 200, {
    "content-type": answer.path ? "video/mp4" : "application/json",
    "content-length": body.length,
    ...(encode && { "content-encoding": encode }),
    ...padding(answer.padHeaders ?? 0),
    ...answer.headers,
  });
  response.end(body);
}

function padding(bytes: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let left = bytes, n = 0; left > 0; left -= 1_000, n++) headers[`x-pad-${n}`] = "p".repeat(990);
  return headers;
}

function fieldOf(form: string, name: string): string {
  return new RegExp(`name="${name}"\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--`, "s").exec(form)?.[1] ?? "";
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
