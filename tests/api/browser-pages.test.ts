import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EdgeApp, startEdge } from "./edge-app.js";

let on: EdgeApp;
let off: EdgeApp;
beforeAll(async () => {
  on = await startEdge({ explorer: true });
  off = await startEdge({ introspection: false });
});
afterAll(() => Promise.all([on.close(), off.close()]));

/** The header of Chromium and Firefox. */
const browser = { accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" };

const get = ({ url }: EdgeApp, path: string, headers: Record<string, string> = browser, method = "GET") =>
  fetch(url + path, { method, headers, redirect: "manual" });

describe("a browser that opens the API's address", () => {
  test.each(["/", "/graphql"])("%s redirects to the explorer", async (path) => {
    const response = await get(on, path);
    expect(response.status).toBe(302);
    const address = new URL(response.headers.get("location") as string, on.url + path);
    expect(address.href).toBe(`${on.url}/playground`);
    expect(response.headers.get("vary")).toBe("accept");
    expect((await get(on, "/playground")).status).toBe(200);
  });

  test.each(["/", "/?from=mail"])("HEAD %s and GET with a query string get the same answer", async (path) => {
    for (const method of ["GET", "HEAD"]) {
      expect((await get(on, path, browser, method)).status).toBe(302);
      const response = await get(off, path, browser, method);
      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    }
  });

  test("may write the media type in any case", async () => {
    for (const path of ["/", "/graphql"]) {
      expect((await get(on, path, { accept: "Text/HTML, Application/XML;q=0.9" })).status).toBe(302);
      expect((await get(on, path, { accept: "text/html, Application/JSON" })).status).not.toBe(302);
    }
  });

  test.each(["/", "/graphql", "/playground"])(
    "%s is a page that says so if the explorer is off",
    async (path) => {
      const response = await get(off, path);
      expect(response.status).toBe(404);
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      expect(await response.text()).toMatch(/<h1>SkyRiff API.*INTROSPECTION=on/s);
    },
  );
});

describe("a program", () => {
  const accepts = [
    "*/*",
    "application/json",
    "application/json, text/html",
    "application/graphql-response+json",
  ];

  test("gets JSON", async () => {
    for (const edge of [on, off]) {
      for (const accept of accepts) {
        const root = await get(edge, "/", { accept });
        expect(root.status).toBe(404);
        expect(((await root.json()) as { errors: unknown[] }).errors).toHaveLength(1);
        expect((await get(edge, "/graphql", { accept })).status).toBe(400);
      }
      const answer = await get(edge, "/graphql?query={hello}", {
        ...browser,
        "apollo-require-preflight": "1",
      });
      expect(await answer.json()).toEqual({ data: { hello: "world" } });
    }
  });
});
