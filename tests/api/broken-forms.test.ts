import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { errorCodes } from "../../src/platform/base/app-error.js";
import { type EdgeApp, startEdge } from "./edge-app.js";

let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

const boundary = "bound";
const part = (disposition: string, body: string) =>
  `--${boundary}\r\ncontent-disposition: form-data; ${disposition}\r\n\r\n${body}\r\n`;
const operations = JSON.stringify({
  query: "mutation($file: Upload!) { receive(file: $file) { byteSize } }",
  variables: { file: null },
});
const form = Buffer.from(
  part('name="operations"', operations) +
    part('name="map"', '{"0":["variables.file"]}') +
    part('name="0"; filename="a.png"', "some bytes of a picture") +
    `--${boundary}--\r\n`,
);

async function send(body: Buffer) {
  const response = await fetch(`${edge.url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "apollo-require-preflight": "1",
    },
    body: new Uint8Array(body),
  });
  const answer = (await response.json()) as { errors?: { extensions: { code: string } }[]; data?: unknown };
  return {
    status: response.status,
    data: answer.data,
    codes: answer.errors?.map((error) => error.extensions.code),
  };
}

/** The changes that a bad connection or an attacker makes to a form. */
const damage = fc.oneof(
  fc.nat(form.length).map((at) => form.subarray(0, at)),
  fc
    .tuple(fc.nat(form.length), fc.uint8Array({ minLength: 1, maxLength: 12 }))
    .map(([at, bytes]) => Buffer.concat([form.subarray(0, at), bytes, form.subarray(at)])),
  fc
    .tuple(fc.nat(form.length), fc.nat(60))
    .map(([at, count]) => Buffer.concat([form.subarray(0, at), form.subarray(at + count)])),
  fc
    .tuple(
      fc.nat(form.length),
      fc.constantFrom("\r\n\r\n", `--${boundary}\r\n`, `--${boundary}--`, '"', "\0"),
    )
    .map(([at, text]) => Buffer.concat([form.subarray(0, at), Buffer.from(text), form.subarray(at)])),
);

test("a whole form arrives", async () => {
  expect(await send(form)).toMatchObject({ status: 200, data: { receive: { byteSize: 23 } } });
});

test("an invalid part header is rejected, and the server keeps running", async () => {
  const nul = part('name="0"; filename="a\0b.png"', "x");
  const body = Buffer.from(
    part('name="operations"', operations) + part('name="map"', '{"0":["variables.file"]}') + nul,
  );
  expect((await send(body)).codes).toEqual(["BAD_REQUEST"]);
  expect((await edge.post("{ hello }")).body).toEqual({ data: { hello: "world" } });
});

test("a form that is broken at any place is rejected with a code or runs, and the server keeps running", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 5, maxLength: 5 }), async (forms) => {
      for (const { status, codes, data } of await Promise.all(forms.map(send))) {
        expect(status).toBeLessThan(500);
        expect(codes ?? data).toBeDefined();
        for (const code of codes ?? []) expect(errorCodes).toContain(code);
      }
    }),
    { numRuns: 80 },
  );
  expect((await edge.post("{ hello }")).body).toEqual({ data: { hello: "world" } });
});
