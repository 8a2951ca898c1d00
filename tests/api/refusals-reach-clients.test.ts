import { execFile } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import chromium from "@sparticuz/chromium";
import { type Browser, type Page, chromium as playwright } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWith } from "../support/programs.js";
import { type EdgeApp, startEdge } from "./edge-app.js";

const mib = 1024 * 1024;
const times = 20;

let edge: EdgeApp;
let busy: EdgeApp;
beforeAll(async () => {
  edge = await startEdge();
  const counter = { add: async () => ({ total: 100, msLeft: 3_600_000 }) };
  busy = await startEdge({ rateLimitPerMinute: 1, requestCounter: counter });
});
afterAll(() => Promise.all([edge.close(), busy.close()]));

interface Refused {
  headers: Record<string, string>;
  /** A form's fields and the size of each file; or the size of a body. */
  form?: { fields: Record<string, string>; files: number[] };
  body?: { type: string; bytes: number };
  status: number;
  code: string;
  /** The server that refuses it; the plain one if not given. */
  busy?: boolean;
}

const query = "mutation ($f: Upload!) { ignore(file: $f) }";
const operations = JSON.stringify({ query, variables: { f: null } });
const map = JSON.stringify({ 0: ["variables.f"] });
const preflight = { "apollo-require-preflight": "1" };

const withoutHeader = (bytes: number): Refused => ({
  headers: {},
  form: { fields: { operations, map }, files: [bytes] },
  status: 400,
  code: "BAD_REQUEST",
});

const refusals: Record<string, Refused> = {
  "a small form without the preflight header": withoutHeader(2_000),
  "a form of 3 MiB without the preflight header": withoutHeader(3 * mib),
  "a form of 6 MiB without the preflight header": withoutHeader(6 * mib),
  "a bad map": {
    headers: preflight,
    form: { fields: { operations, map: "[1]" }, files: [3 * mib] },
    status: 400,
    code: "BAD_REQUEST",
  },
  "operations that are not JSON": {
    headers: preflight,
    form: { fields: { operations: "{", map }, files: [3 * mib] },
    status: 400,
    code: "BAD_REQUEST",
  },
  "too many files": {
    headers: preflight,
    form: { fields: { operations, map }, files: Array<number>(11).fill(mib / 2) },
    status: 200,
    code: "UNAUTHENTICATED",
  },
  "a map of too many files": {
    headers: preflight,
    form: {
      fields: {
        operations,
        map: JSON.stringify(Object.fromEntries(Array.from({ length: 11 }, (_, n) => [n, ["variables.f"]]))),
      },
      files: [6 * mib],
    },
    status: 400,
    code: "BAD_REQUEST",
  },
  "files that are too large": {
    headers: preflight,
    form: { fields: { operations, map }, files: [25 * mib] },
    status: 413,
    code: "PAYLOAD_TOO_LARGE",
  },
  "a file of a visitor": {
    headers: preflight,
    form: { fields: { operations, map }, files: [6 * mib] },
    status: 200,
    code: "UNAUTHENTICATED",
  },
  "a file of a user with too many requests": {
    headers: preflight,
    form: { fields: { operations, map }, files: [6 * mib] },
    status: 429,
    code: "RATE_LIMITED",
    busy: true,
  },
  "JSON that is too large": {
    headers: {},
    body: { type: "application/json", bytes: 3 * mib },
    status: 413,
    code: "PAYLOAD_TOO_LARGE",
  },
  "an unsupported content type": {
    headers: {},
    body: { type: "application/octet-stream", bytes: 3 * mib },
    status: 415,
    code: "UNSUPPORTED_MEDIA_TYPE",
  },
};

const addressOf = ({ busy: isBusy }: Refused) => `${(isBusy ? busy : edge).url}/graphql`;

function bodyOf({ form, body }: Refused): FormData | Blob {
  if (body) return new Blob([new Uint8Array(body.bytes)], { type: body.type });
  const data = new FormData();
  for (const [name, value] of Object.entries(form?.fields ?? {})) data.set(name, value);
  for (const [n, bytes] of (form?.files ?? []).entries()) {
    data.set(String(n), new Blob([new Uint8Array(bytes)]), `${n}.png`);
  }
  return data;
}

const answerTo = ({ status, code }: Refused) => `${status} ${code}`;
const codeIn = (text: string) => JSON.parse(text).errors[0].extensions.code as string;

describe("the error answer reaches Node's fetch", () => {
  for (const [name, refused] of Object.entries(refusals)) {
    test(`${name}, ${times} of ${times}`, async () => {
      const answers = [];
      for (let n = 0; n < times; n += 1) {
        const response = await fetch(addressOf(refused), {
          method: "POST",
          headers: refused.headers,
          body: bodyOf(refused),
        });
        answers.push(`${response.status} ${codeIn(await response.text())}`);
      }
      expect(answers).toEqual(Array(times).fill(answerTo(refused)));
    });
  }
});

describeWith("curl", "the error answer reaches curl", (curl) => {
  const folder = mkdtempSync(join(tmpdir(), "skyriff-curl-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  function argumentsFor({ headers, form, body }: Refused): string[] {
    const file = (bytes: number) => {
      const path = join(folder, String(bytes));
      if (!existsSync(path)) writeFileSync(path, Buffer.alloc(bytes));
      return path;
    };
    const sent = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
    if (body) return [...sent, "-H", `content-type: ${body.type}`, "--data-binary", `@${file(body.bytes)}`];
    const fields = Object.entries(form?.fields ?? {}).flatMap(([name, value]) => [
      "--form-string",
      `${name}=${value}`,
    ]);
    const files = (form?.files ?? []).flatMap((bytes, n) => ["-F", `${n}=@${file(bytes)}`]);
    return [...sent, ...fields, ...files];
  }

  /** With and without `Expect: 100-continue`, and with the connection closed afterwards. */
  const variants = [[], ["-H", "expect:"], ["-H", "expect:", "-H", "connection: close"], ["--http1.0"]];

  for (const [name, refused] of Object.entries(refusals)) {
    test(`${name}, ${times} of ${times}`, async () => {
      const answers = [];
      for (let n = 0; n < times; n += 1) {
        const args = [
          "-sS",
          "-w",
          "\n%{http_code}",
          ...(variants[n % variants.length] as string[]),
          ...argumentsFor(refused),
        ];
        const { stdout } = await promisify(execFile)(curl, [...args, addressOf(refused)]);
        const [text, status] = stdout.split("\n");
        answers.push(`${status} ${codeIn(text as string)}`);
      }
      expect(answers).toEqual(Array(times).fill(answerTo(refused)));
    });
  }
});

describe("the error answer reaches a page in Chromium", () => {
  let browser: Browser;
  let page: Page;
  let site: Server;
  beforeAll(async () => {
    chromium.setGraphicsMode = false;
    const executablePath = await chromium.executablePath();
    browser = await playwright.launch({
      executablePath,
      args: [...chromium.args, "--no-sandbox"],
      headless: true,
    });
    page = await browser.newPage();
    // A front end of another origin, without a content security policy.
    site = createServer((_request, response) => response.end("<!doctype html>")).listen(0, "127.0.0.1");
    await once(site, "listening");
    await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}`);
  });
  afterAll(async () => {
    await browser?.close();
    site?.close();
  });

  for (const [name, refused] of Object.entries(refusals)) {
    test(`${name}, ${times} of ${times}`, async () => {
      const answers = await page.evaluate(
        async ({ url, headers, form, body, times }) => {
          const given = () => {
            if (body) return new Blob([new Uint8Array(body.bytes)], { type: body.type });
            const data = new FormData();
            for (const [name, value] of Object.entries(form?.fields ?? {})) data.set(name, value);
            for (const [n, bytes] of (form?.files ?? []).entries())
              data.set(String(n), new Blob([new Uint8Array(bytes)]), `${n}.png`);
            return data;
          };
          const answers: string[] = [];
          for (let n = 0; n < times; n += 1) {
            const answer = await fetch(url, { method: "POST", headers, body: given() })
              .then(async (response) => {
                const [, code] = /"code":"(\w+)"/.exec(await response.text()) ?? [];
                return `${response.status} ${code}`;
              })
              .catch(String);
            answers.push(answer);
          }
          return answers;
        },
        { ...refused, url: addressOf(refused), times },
      );
      expect(answers).toEqual(Array(times).fill(answerTo(refused)));
    });
  }
});

describe("the rest of a rejected request is read within bounds", () => {
  async function endlessBody(limits: { unreadBytesMax?: number; unreadMs?: number }) {
    const bounded = await startEdge({ limits });
    const socket = connect(Number(new URL(bounded.url).port), "127.0.0.1");
    socket.on("error", () => {});
    let received = "";
    socket.on("data", (chunk) => {
      received += chunk;
    });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await once(socket, "connect");
    socket.write(
      "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: multipart/form-data; boundary=b\r\n" +
        "transfer-encoding: chunked\r\n\r\n",
    );
    return { bounded, socket, closed, received: () => received };
  }

  test("bytes", async () => {
    const { bounded, socket, closed, received } = await endlessBody({ unreadBytesMax: mib });
    const piece = `${(64 * 1024).toString(16)}\r\n${"x".repeat(64 * 1024)}\r\n`;
    const sending = setInterval(() => socket.write(piece), 1);
    await closed;
    clearInterval(sending);
    expect(received()).toMatch(/^HTTP\/1.1 400 /);
    expect(socket.bytesWritten).toBeLessThan(32 * mib);
    await bounded.close();
  });

  test("time", async () => {
    const { bounded, socket, closed, received } = await endlessBody({ unreadMs: 100 });
    const dripping = setInterval(() => socket.write("1\r\nx\r\n"), 20);
    await closed;
    clearInterval(dripping);
    expect(received()).toMatch(/^HTTP\/1.1 400 /);
    await bounded.close();
  });
});
