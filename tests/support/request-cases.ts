import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { ApiError, Client } from "./client.js";
import { until } from "./until.js";

interface Part {
  name: string;
  /** A form field, sent as JSON. */
  value?: unknown;
  filename?: string;
  type?: string;
  /** A PNG of this width and height. */
  png?: [number, number];
  /** A file of this many bytes. */
  bytes?: number;
}

interface Sent {
  over: "http" | "socket" | "multipart";
  anonymous?: boolean;
  method?: string;
  path?: string;
  /** Null removes a default header. */
  headers?: Record<string, string | null>;
  body?: unknown;
  /** The payload of connection_init. Default: the token. */
  init?: unknown;
  /** The payload of a subscribe message. */
  payload?: unknown;
  parts?: Part[];
  /** With BOUNDARY in the place of the boundary. */
  contentType?: string;
}

interface Expected {
  /** A path that has a value. */
  data?: string;
  is?: unknown;
  /** There is an error, and each error has one of these codes. */
  codes?: string[];
  notCodes?: string[];
  /** There is an error, and its code is not INTERNAL. */
  clientError?: boolean;
  /** From, to. */
  status?: [number, number];
  /** Patterns. */
  message?: string;
  notMessage?: string;
  /** The end of what extensions.field or the path names. */
  field?: string;
  /** A close with 4400 or more will do. */
  closedOr?: boolean;
  /** Where a redirect leads, or what the page names. */
  location?: string;
}

interface RequestCase extends Sent {
  name: string;
  /** Sent first, over the same transport. */
  first?: Partial<Sent>[];
  times?: number;
  expect: Expected;
}

interface CaseAnswer {
  status: number | null;
  closeCode: number | null;
  location: string;
  data: unknown;
  errors: ApiError[];
  text: string;
}

/** Makes a test of every request in `tests/cases/FOLDER/requests.json`, as the user that `client` gives. */
export function testRequestCases(folder: string, client: () => Client): void {
  const path = new URL(`../cases/${folder}/requests.json`, import.meta.url);
  const cases = JSON.parse(readFileSync(path, "utf8")) as RequestCase[];
  describe(folder, () => {
    test.each(cases.map((each) => [each.name, each] as const))("%s", async (_, each) => {
      const { first = [], times = 1, ...sent } = fillIn(each, client());
      for (const before of first) await send({ ...sent, ...before }, client());
      for (let n = 0; n < times; n += 1) mustBe(each.expect, await send(sent, client()), sent.expect.is);
    });
  });
}

/** `{{unique}}` is one new name for the whole case. */
function fillIn(each: RequestCase, { token, userId }: Client): RequestCase {
  const values: Record<string, string> = {
    unique: `U${randomUUID().replaceAll("-", "")}`,
    token: token ?? "",
    userId,
  };
  const text = JSON.stringify(each).replace(/\{\{(\w+)\}\}/g, (all, name) => values[name] ?? all);
  return JSON.parse(text) as RequestCase;
}

function send(sent: Sent, client: Client): Promise<CaseAnswer> {
  return sent.over === "socket" ? overSocket(sent, client) : overHttp(sent, client);
}

async function overHttp(sent: Sent, client: Client): Promise<CaseAnswer> {
  const { method = "POST", path = "/graphql" } = sent;
  const headers: Record<string, string> = sent.anonymous ? {} : { authorization: `Bearer ${client.token}` };
  let body: Uint8Array | string | undefined;
  if (sent.parts) {
    const boundary = `b${randomUUID()}`;
    body = await multipart(sent.parts, boundary);
    const type = sent.contentType ?? "multipart/form-data; boundary=BOUNDARY";
    headers["content-type"] = type.replace("BOUNDARY", boundary);
    headers["apollo-require-preflight"] = "true";
  } else if (sent.body !== undefined) {
    body = JSON.stringify(sent.body);
    headers["content-type"] = "application/json";
  }
  for (const [name, value] of Object.entries(sent.headers ?? {})) {
    if (value === null) delete headers[name];
    else headers[name] = value;
  }
  const init = { method, headers, body: body as string | undefined, redirect: "manual" } as const;
  const response = await fetch(client.url + path, init);
  const text = await response.text();
  return {
    ...{ ...resultIn(parsed(text)), text },
    status: response.status,
    closeCode: null,
    location: response.headers.get("location") ?? "",
  };
}

async function multipart(parts: readonly Part[], boundary: string): Promise<Buffer> {
  const written: Buffer[] = [];
  for (const { name, filename, type, ...part } of parts) {
    const file = filename === undefined ? "" : `; filename="${filename}"\r\nContent-Type: ${type}`;
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
    written.push(Buffer.from(head), await contentOf(part), Buffer.from("\r\n"));
  }
  return Buffer.concat([...written, Buffer.from(`--${boundary}--\r\n`)]);
}

async function contentOf({ png, bytes, value }: Partial<Part>): Promise<Buffer> {
  if (png) {
    const [width, height] = png;
    return sharp({ create: { width, height, channels: 3, background: "#3cb44b" } })
      .png()
      .toBuffer();
  }
  return bytes === undefined ? Buffer.from(JSON.stringify(value)) : Buffer.alloc(bytes, "x");
}

async function overSocket(sent: Sent, client: Client): Promise<CaseAnswer> {
  const socket = new WebSocket(`${client.url.replace(/^http/, "ws")}/graphql`, "graphql-transport-ws");
  const messages: { type: string; payload?: unknown }[] = [];
  let closeCode: number | null = null;
  socket.on("message", (data) => messages.push(JSON.parse(String(data))));
  socket.on("close", (code) => {
    closeCode = code;
  });
  await once(socket, "open");
  const token = sent.anonymous ? {} : { authorization: `Bearer ${client.token}` };
  socket.send(JSON.stringify({ type: "connection_init", payload: sent.init ?? token }));
  const findMessage = (types: RegExp) => messages.find(({ type }) => types.test(type));
  await until("an acknowledgement or a close", () => findMessage(/connection_ack/) || closeCode);
  if (closeCode === null) {
    socket.send(JSON.stringify({ type: "subscribe", id: "1", payload: sent.payload }));
    await until("an answer or a close", () => findMessage(/next|error|complete/) || closeCode);
  }
  socket.terminate();
  const answer = findMessage(/next|error|complete/);
  const result = answer?.type === "error" ? { errors: answer.payload } : answer?.payload;
  return { ...resultIn(result), text: JSON.stringify(messages), status: null, closeCode, location: "" };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function resultIn(result: unknown): Pick<CaseAnswer, "data" | "errors"> {
  const { data = null, errors = [] } = (result ?? {}) as { data?: unknown; errors?: ApiError[] };
  return { data, errors };
}

function mustBe(expected: Expected, answer: CaseAnswer, is: unknown): void {
  if (expected.closedOr && answer.closeCode !== null) {
    expect(answer.closeCode).toBeGreaterThanOrEqual(4400);
    return;
  }
  const { errors } = answer;
  const codes = errors.map(({ extensions }) => extensions.code);
  const messages = errors.map(({ message }) => message);
  if (expected.data) {
    const value = at(answer.data, expected.data);
    expect(value ?? null, answer.text).not.toBeNull();
    if (is !== undefined) expect(value).toEqual(is);
  }
  if (expected.codes || expected.clientError || expected.message) expect(errors, answer.text).not.toEqual([]);
  if (expected.codes) for (const code of codes) expect(expected.codes, answer.text).toContain(code);
  if (expected.clientError) expect(codes).not.toContain("INTERNAL_SERVER_ERROR");
  for (const code of expected.notCodes ?? []) expect(codes, answer.text).not.toContain(code);
  if (expected.status) {
    const [from, to] = expected.status;
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(from);
    expect(answer.status, answer.text).toBeLessThanOrEqual(to);
  }
  for (const message of messages) {
    if (expected.message) expect(message).toMatch(new RegExp(expected.message));
    if (expected.notMessage) expect(message).not.toMatch(new RegExp(expected.notMessage));
  }
  const { field, location } = expected;
  if (field) expect(errors.flatMap(fieldsNamed)).toSatisfy((names: string[]) => names.some(endsWith(field)));
  if (location) expect(answer.location + answer.text).toContain(location);
}

function at(value: unknown, path: string): unknown {
  return path.split(".").reduce((inner, key) => (inner as Record<string, unknown> | null)?.[key], value);
}

function fieldsNamed({ extensions }: ApiError): string[] {
  return [extensions.field, extensions.path].flat().filter((name) => typeof name === "string");
}

function endsWith(end: string): (name: string) => boolean {
  return (name) => name === end || name.endsWith(`.${end}`);
}
