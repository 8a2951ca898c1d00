import { afterAll, beforeAll, expect, test } from "vitest";
import { apiLimits } from "../../src/api/limits.js";
import { type EdgeApp, startEdge, until } from "./edge-app.js";

const silenceMs = 300;
let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge({ limits: { ...apiLimits, silenceMs, slownessCheckMs: 40 } });
});
afterAll(() => edge.close());

/** Two files, and between them work that takes until the gate of its name is opened. */
function send(work: string, signal?: AbortSignal): Promise<Response> {
  const query = `mutation ($a: Upload!, $b: Upload!) {
    first: receive(file: $a) { byteSize } work(name: "${work}") second: receive(file: $b) { byteSize }
  }`;
  const body = new FormData();
  body.set("operations", JSON.stringify({ query, variables: { a: null, b: null } }));
  body.set("map", JSON.stringify({ a: ["variables.a"], b: ["variables.b"] }));
  for (const name of ["a", "b"]) body.set(name, new Blob(["12345"]), `${name}.bin`);
  const headers = { "apollo-require-preflight": "1" };
  return fetch(`${edge.url}/graphql`, { method: "POST", headers, body, ...(signal && { signal }) });
}

test("files whose processing takes longer than the idle limit are answered", async () => {
  const sent = send("long");
  await until(() => edge.fakes.started.includes("long"), "the first file was used");
  setTimeout(() => edge.fakes.gate("long").resolve(), 5 * silenceMs);
  expect(await (await sent).json()).toEqual({
    data: { first: { byteSize: 5 }, work: "long", second: { byteSize: 5 } },
  });
});

test("a client that disconnects before all files are processed is no error in the log", async () => {
  const client = new AbortController();
  const sent = send("left", client.signal).catch(() => null);
  await until(() => edge.fakes.started.includes("left"), "the first file was used");
  client.abort();
  expect(await sent).toBeNull();
  await until(async () => (await edge.scratchFiles()).length === 0, "its files are removed");
  edge.fakes.gate("left").resolve();
  await until(
    () =>
      edge.log.some(({ msg }) => String(msg).includes("mutation receive") || String(msg).includes("masked")),
    "the request has ended",
  );
  expect(edge.log.filter(({ level }) => level === "error")).toEqual([]);
});
