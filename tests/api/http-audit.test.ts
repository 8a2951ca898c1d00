import { serverAudits } from "graphql-http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EdgeApp, startEdge } from "./edge-app.js";

let edge: EdgeApp;

beforeAll(async () => {
  edge = await startEdge();
});
afterAll(() => edge.close());

const audits = serverAudits({ url: () => `${edge.url}/graphql` });

for (const audit of audits.filter(({ name }) => name.startsWith("MUST"))) {
  test(`GraphQL over HTTP ${audit.id}: ${audit.name}`, async () => {
    expect(await audit.fn()).toMatchObject({ status: "ok" });
  });
}

for (const audit of audits.filter(({ name }) => name.startsWith("SHOULD"))) {
  test(`GraphQL over HTTP ${audit.id}: ${audit.name}`, async () => {
    expect(await audit.fn()).toMatchObject({ status: "ok" });
  });
}

test("the audits of both kinds are not empty", () => {
  expect(audits.filter(({ name }) => name.startsWith("MUST")).length).toBeGreaterThan(10);
  expect(audits.filter(({ name }) => name.startsWith("SHOULD")).length).toBeGreaterThan(10);
});
