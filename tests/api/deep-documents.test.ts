import { afterAll, beforeAll, expect, test } from "vitest";
import { type EdgeApp, startEdge } from "./edge-app.js";

let edge: EdgeApp;
beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

const unended = `{ calls(phones: ${"[".repeat(3_000)}`;
const tooDeep = {
  message: "This operation is too complex: depth over 15.",
  extensions: { code: "QUERY_TOO_COMPLEX", limit: "depth", max: 15 },
};

// The first documents of all: until the parser has been used for a while, it needs more of the stack.
test("endlessly nested lists are QUERY_TOO_COMPLEX, without the runtime's message", async () => {
  const { body } = await edge.post(unended);
  expect(body.errors).toEqual([tooDeep]);
});
