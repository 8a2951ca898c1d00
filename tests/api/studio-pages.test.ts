import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";
import { type EdgeApp, startEdge } from "./edge-app.js";

const script = "console.log('studio')";
const html = `<!doctype html><script>let theme</script><script type="module" src="./assets/main-AbC123.js"></script>`;

let edge: EdgeApp;
beforeAll(async () => {
  const { path: folder } = await temporaryFolder();
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), html);
  writeFileSync(join(folder, "assets/main-AbC123.js"), script);
  writeFileSync(join(folder, "assets/main-AbC123.js.br"), brotliCompressSync(script));
  writeFileSync(join(folder, "assets/main-AbC123.js.gz"), gzipSync(script));
  let asked = 0;
  const mediaOrigins = async () => {
    if (asked++ === 0) throw new Error("The bucket does not answer.");
    return ["https://videos.example.com", "https://bucket.example.com"];
  };
  edge = await startEdge({ studio: { folder, mediaOrigins }, basePath: "/app", explorer: true });
});
afterAll(() => edge.close());

const browser = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
const get = (path: string, headers: Record<string, string> = browser, method = "GET") =>
  fetch(edge.url + path, { method, headers, redirect: "manual" });

describe("the studio's page", () => {
  test("fails while the bucket cannot be asked for its origin, and then works", async () => {
    expect((await get("/")).status).toBe(500);
    expect((await get("/")).status).toBe(200);
  });

  test.each([
    ["/", "./"],
    ["/?feed=hot", "./"],
    ["/works/work_01", "../"],
    ["/library", "./"],
    ["/a/page/that/is/new", "../../../../"],
    ["/app/", "./"],
    ["/app/works/work_01", "../"],
  ])("is at %s, with addresses relative to it", async (path, root) => {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(await response.text()).toContain(`src="${root}assets/main-AbC123.js"`);
  });

  test("answers clients that take anything, but JSON to those that want JSON", async () => {
    expect((await get("/", { accept: "*/*" })).status).toBe(200);
    expect((await get("/works/work_01", { accept: "*/*" })).status).toBe(200);
    expect((await get("/library", { accept: "*/*" })).status).toBe(404);
    expect((await get("/", { accept: "application/json, text/html" })).status).toBe(404);
    expect((await get("/library", browser, "HEAD")).status).toBe(200);
    expect((await get("/library", browser, "POST")).status).toBe(404);
  });

  test("lets nothing but its own scripts and its inline line run", async () => {
    const policy = (await get("/")).headers.get("content-security-policy") ?? "";
    expect(policy).toContain(`script-src 'self' 'sha256-7rMD11dYkXvRxvkn9hkFMjUR5PuAjhZaMipIhgiLClc=';`);
    expect(policy).not.toContain("unsafe");
    expect(policy).not.toMatch(/script-src[^;]*(data|blob):/);
    for (const part of [
      "default-src 'none'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "img-src 'self' blob: https://videos.example.com https://bucket.example.com",
      "media-src 'self' https://videos.example.com https://bucket.example.com",
    ])
      expect(policy.split("; ")).toContain(part);
  });

  test("is revalidated by its tag", async () => {
    const etag = (await get("/")).headers.get("etag") as string;
    const response = await get("/", { ...browser, "if-none-match": etag });
    expect(response.status).toBe(304);
    expect((await get("/works/work_01", { ...browser, "if-none-match": etag })).status).toBe(200);
  });
});

describe("its assets", () => {
  test("are kept for a year and sent as they were compressed", async () => {
    const response = await edge.api.app.inject({
      url: "/assets/main-AbC123.js",
      headers: { "accept-encoding": "gzip, br" },
    });
    expect(response.headers).toMatchObject({
      "content-encoding": "br",
      "cache-control": "public, max-age=31536000, immutable",
      vary: "accept-encoding",
      "x-content-type-options": "nosniff",
    });
    expect(brotliDecompressSync(response.rawPayload).toString()).toBe(script);
    const plain = await edge.api.app.inject({ url: "/app/assets/main-AbC123.js" });
    expect(plain.body).toBe(script);
  });

  test.each([
    "/assets/main-000000.js",
    "/assets/",
    "/media/nothing",
    "/playground/nothing",
    "/healthz/nothing",
  ])("%s is not the page", async (path) => {
    expect((await get(path)).status).toBeGreaterThanOrEqual(400);
  });
});

describe("other addresses", () => {
  test("stay what they are, also below the path of PUBLIC_URL", async () => {
    for (const base of ["", "/app"]) {
      expect(await (await get(`${base}/healthz`)).json()).toEqual({ status: "ok" });
      const explorer = await get(`${base}/graphql`);
      expect(new URL(explorer.headers.get("location") as string, `${edge.url}${base}/graphql`).pathname).toBe(
        `${base}/playground`,
      );
    }
    const redirect = await get("/app");
    expect(redirect.status).toBe(308);
    expect(new URL(redirect.headers.get("location") as string, `${edge.url}/app`).pathname).toBe("/app/");
  });

  test("GraphQL and its sockets answer below the path too", async () => {
    const response = await fetch(`${edge.url}/app/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: "{ hello }" }),
    });
    expect(await response.json()).toEqual({ data: { hello: "world" } });
    const client = edge.client({ url: `${edge.url.replace("http", "ws")}/app/graphql` });
    const results: unknown[] = [];
    for await (const result of client.iterate({ query: "{ hello }" })) results.push(result);
    expect(results).toMatchObject([{ data: { hello: "world" } }]);
    await client.dispose();
  });
});
