import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isStorageKey } from "../../src/platform/storage/storage.js";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";

let product: Product;
let ana: Client;
let secret: string;
beforeAll(async () => {
  product = await startProduct({ worker: false });
  ana = await product.user();
  secret = readFileSync(join(product.dataDir, "auth-secret"), "utf8");
  // One more, where a key could reach it if keys had no rules.
  mkdirSync(join(product.dataDir, "storage", ".hidden"), { recursive: true });
  writeFileSync(join(product.dataDir, "storage", ".hidden", "secret"), secret);
});
afterAll(() => product.close());

/** As it is written here: a URL's own rules would take the dots out before it is sent. */
async function getRaw(path: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(product.url);
  const response = await new Promise<import("node:http").IncomingMessage>((resolve, reject) => {
    request({ hostname, port, path, insecureHTTPParser: true }, resolve).on("error", reject).end();
  });
  return { status: response.statusCode ?? 0, body: await text(response) };
}

const up = fc.constantFrom(
  "..",
  "%2e%2e",
  "..%2f..",
  ".%2e",
  "%252e%252e",
  "..\\..",
  "..%5c..",
  "....//",
  "..;",
  "%c0%ae%c0%ae",
);
const target = fc.constantFrom(
  "auth-secret",
  ".hidden/secret",
  "%2ehidden/secret",
  "storage/.hidden/secret",
  "etc/passwd",
  "auth-secret%00.mp4",
);
const hostilePath = fc
  .tuple(
    fc.constantFrom(
      "/media/",
      "/media//",
      "/media/videos/",
      "/playground/",
      "/playground/assets/",
      "/",
      "/graphql/",
      "/media/%2f",
    ),
    fc.array(up, { maxLength: 6 }),
    target,
    fc.constantFrom("", "?expires=99999999999&sig=AAAA", "?sig=../../x", "#x"),
  )
  .map(([start, ups, file, end]) => start + [...ups, file].join("/") + end);

test("no path in a request reaches a file outside the storage", async () => {
  const plain = [
    "/media/../auth-secret",
    "/media/..%2fauth-secret",
    "/playground/../../../package.json",
    "/media/C:\\x",
    `/media/${product.dataDir}/auth-secret`,
  ];
  const hostile = [...plain, ...fc.sample(hostilePath, 250)];
  for (const path of hostile) {
    const { status, body } = await getRaw(path);
    expect(status, path).toBeGreaterThanOrEqual(300);
    expect(status, path).toBeLessThan(500);
    expect(body, path).not.toContain(secret);
    expect(body, path).not.toMatch(/root:x?:0:0|"devDependencies"/);
    expect(body, path).not.toContain(product.dataDir);
  }
});

test("the name of an uploaded file is never the name of a stored one", async () => {
  const names = [
    "../../../evil.png",
    "/etc/evil.png",
    "..\\evil.png",
    "evil.png/../../x",
    "🐱",
    "a".repeat(4_000),
    "auth-secret",
    ".png",
    "CON",
  ];
  const picture = await sharp({ create: { width: 32, height: 32, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const query = "mutation ($f: Upload!) { uploadMedia(input: { file: $f }) { media { id url } } }";
  for (const name of names) {
    const form = new FormData();
    form.set("operations", JSON.stringify({ query, variables: { f: null } }));
    form.set("map", JSON.stringify({ 0: ["variables.f"] }));
    form.set("0", new Blob([picture as never]), name);
    const response = await fetch(`${product.url}/graphql`, {
      method: "POST",
      headers: { authorization: `Bearer ${ana.token}`, "apollo-require-preflight": "1" },
      body: form,
    });
    const { data, errors } = (await response.json()) as {
      data: { uploadMedia: { media: { url: string } } };
      errors?: unknown;
    };
    expect(errors, name).toBeUndefined();
    expect(data.uploadMedia.media.url).not.toContain("evil");
  }
  const root = join(product.dataDir, "storage");
  const keys = globSync("**/*", { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  expect(keys.length).toBeGreaterThanOrEqual(names.length);
  expect(keys.filter((key) => !isStorageKey(key) || /evil|secret|🐱/.test(key))).toEqual([]);
  for (const place of [
    "/etc/evil.png",
    join(product.dataDir, "evil.png"),
    join(product.dataDir, "../evil.png"),
  ])
    expect(existsSync(place)).toBe(false);
});
