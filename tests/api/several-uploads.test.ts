import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EdgeApp, startEdge, until } from "./edge-app.js";

const mib = 1024 * 1024;

let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

interface File {
  name: string;
  bytes: number;
}

const named = (...bytes: number[]): File[] => bytes.map((size, n) => ({ name: `f${n}`, bytes: size }));

/** One mutation with a field for each file; the parts come in the order of `parts`. */
function form(files: File[], parts = files): FormData {
  const types = files.map(({ name }) => `$${name}: Upload!`).join(", ");
  const fields = files.map(({ name }) => `${name}: receive(file: $${name}) { filename byteSize }`).join(" ");
  const data = new FormData();
  const variables = Object.fromEntries(files.map(({ name }) => [name, null]));
  data.set("operations", JSON.stringify({ query: `mutation (${types}) { ${fields} }`, variables }));
  data.set("map", JSON.stringify(Object.fromEntries(files.map(({ name }) => [name, [`variables.${name}`]]))));
  for (const { name, bytes } of parts) data.set(name, new Blob([new Uint8Array(bytes)]), `${name}.bin`);
  return data;
}

async function send(body: FormData | ReadableStream | string, headers: Record<string, string> = {}) {
  const all = { "apollo-require-preflight": "1", ...headers };
  const init = { method: "POST", headers: all, body, duplex: "half" } as RequestInit;
  const response = await fetch(`${edge.url}/graphql`, init);
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks into is up to the test
  return { status: response.status, ...((await response.json()) as any) };
}

/** The same form without a content-length. */
async function chunked(data: FormData) {
  const request = new Request(edge.url, { method: "POST", body: data });
  const type = request.headers.get("content-type") as string;
  return send(request.body as ReadableStream, { "content-type": type });
}

const limits = "One request may have 10 files at most: 10 MiB each, 20 MiB together.";
const sizes = (data: Record<string, { byteSize: number }>) =>
  Object.fromEntries(Object.entries(data).map(([name, { byteSize }]) => [name, byteSize]));

describe("several files in one request", () => {
  test("all arrive, up to ten, each in its field", async () => {
    const files = named(1, 20, 300, 4_000, 50_000, 600_000, 7, 8, 9, 10);
    const { data, errors } = await send(form(files));
    expect(errors).toBeUndefined();
    expect(sizes(data)).toEqual(Object.fromEntries(files.map(({ name, bytes }) => [name, bytes])));
    expect(data.f9.filename).toBe("f9.bin");
  });

  test("in any order and size", async () => {
    const files = named(3 * mib, 4 * mib, 5 * mib);
    const { data, errors } = await send(form(files, files.toReversed()));
    expect(errors).toBeUndefined();
    expect(sizes(data)).toEqual({ f0: 3 * mib, f1: 4 * mib, f2: 5 * mib });
  });

  test("of exactly 20 MiB together", async () => {
    const { data } = await send(form(named(10 * mib, 10 * mib)));
    expect(sizes(data)).toEqual({ f0: 10 * mib, f1: 10 * mib });
  });

  test("a byte more is rejected, with the limits in the message", async () => {
    for (const sent of [
      send(form(named(10 * mib, 10 * mib, 1))),
      chunked(form(named(10 * mib, 10 * mib, 1))),
    ]) {
      const { errors } = await sent;
      expect(errors[0]).toMatchObject({
        message: limits,
        extensions: { code: "PAYLOAD_TOO_LARGE", limitBytes: 20 * mib },
      });
    }
  });

  test("much more is rejected before the operation runs", async () => {
    const before = edge.fakes.started.length;
    const { status, errors } = await send(form(named(8 * mib, 8 * mib, 8 * mib)));
    expect(status).toBe(413);
    expect(errors[0]).toMatchObject({ message: limits, extensions: { code: "PAYLOAD_TOO_LARGE" } });
    expect(edge.fakes.started.length).toBe(before);
  });

  test("a single file that is too large fails alone", async () => {
    const { errors } = await send(form(named(5, 10 * mib + 1, 7)));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      path: ["f1"],
      extensions: { code: "PAYLOAD_TOO_LARGE", limitBytes: 10 * mib },
    });
    await until(() => edge.fakes.finished.includes("f2.bin"), "the next field has run");
  });

  test("eleven are refused, with the limits in the message, mapped or not", async () => {
    const eleven = named(...Array<number>(11).fill(10));
    const { status, errors } = await send(form(eleven));
    expect(status).toBe(400);
    expect(errors[0]).toMatchObject({ message: limits, extensions: { code: "BAD_REQUEST" } });
    const unmapped = await send(form(eleven.slice(0, 2), eleven.toReversed()));
    expect(unmapped.errors[0]).toMatchObject({ message: limits, extensions: { code: "BAD_REQUEST" } });
  });

  test("a missing file is BAD_REQUEST for its field", async () => {
    const files = named(1, 2);
    const { errors } = await send(form(files, files.slice(0, 1)));
    expect(errors[0]).toMatchObject({ path: ["f1"], extensions: { code: "BAD_REQUEST" } });
  });

  test("a part that no field reads is skipped", async () => {
    const [file, ...others] = named(1_000, 2_000, 3_000) as [File, File, File];
    expect(sizes((await send(form([file], [...others, file]))).data)).toEqual({ f0: 1_000 });
    expect(sizes((await send(form([file], [file, ...others]))).data)).toEqual({ f0: 1_000 });
  });

  test("leave nothing behind, whether they were read or not", async () => {
    const data = form(named(2 * mib, 2 * mib));
    const { query, variables } = JSON.parse(data.get("operations") as string);
    const ignored = query.replaceAll(/receive(\(.*?\)) \{.*?\}/g, "ignore$1");
    data.set("operations", JSON.stringify({ query: ignored, variables }));
    expect((await send(data)).errors[0].extensions.code).toBe("UNAUTHENTICATED");
    await until(async () => (await edge.scratchFiles()).length === 0, "the folder is empty");
  });

  test("broken off in the middle, leave nothing behind", async () => {
    const aborted = new AbortController();
    const body = new Request(edge.url, { method: "POST", body: form(named(3 * mib, 3 * mib)) });
    const type = body.headers.get("content-type") as string;
    const bytes = new Uint8Array(await body.arrayBuffer());
    const half = new ReadableStream({ start: (controller) => controller.enqueue(bytes.slice(0, 4 * mib)) });
    const sent = fetch(`${edge.url}/graphql`, {
      method: "POST",
      headers: { "apollo-require-preflight": "1", "content-type": type },
      body: half,
      duplex: "half",
      signal: aborted.signal,
    } as RequestInit);
    sent.catch(() => {});
    await until(async () => (await edge.scratchFiles()).length > 0, "it is arriving");
    aborted.abort();
    await until(async () => (await edge.scratchFiles()).length === 0, "the folder is empty");
  });
});

describe("the media type of a form", () => {
  const boundary = "----b0undary";
  const part = (name: string, text: string, more = "") =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n${text}\r\n`;
  const body =
    part(
      "operations",
      JSON.stringify({
        query: "mutation ($f: Upload!) { receive(file: $f) { byteSize } }",
        variables: { f: null },
      }),
    ) +
    part("map", '{"0":["variables.f"]}') +
    part("0", "12345", '; filename="a.txt"') +
    `--${boundary}--\r\n`;
  const types = [
    `Multipart/Form-Data; boundary=${boundary}`,
    `MULTIPART/FORM-DATA; BOUNDARY=${boundary}`,
    `multipart/form-data; boundary="${boundary}"`,
    `multipart/form-data;boundary=${boundary}`,
    `multipart/form-data ;  boundary=${boundary} `,
    `multipart/form-data; charset=utf-8; boundary=${boundary}`,
  ];
  for (const type of types) {
    test(`may be written "${type}"`, async () => {
      const { data, errors } = await send(body, { "content-type": type });
      expect(errors).toBeUndefined();
      expect(data).toEqual({ receive: { byteSize: 5 } });
    });
  }

  test("of JSON may be written in capitals, too", async () => {
    for (const type of [
      "Application/JSON",
      "APPLICATION/JSON; CHARSET=UTF-8",
      'application/json ; charset="utf-8"',
    ])
      expect(await send('{"query":"{ hello }"}', { "content-type": type })).toEqual({
        status: 200,
        data: { hello: "world" },
      });
  });
});
