import { afterAll, beforeAll, expect, test } from "vitest";
import { type Product, startProduct } from "../support/product.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct({ worker: false, settings: { STUDIO: "off" } });
});
afterAll(() => product?.close());

const get = (path: string) =>
  fetch(product.url + path, { headers: { accept: "text/html" }, redirect: "manual" });

test("with STUDIO=off a browser is led to the explorer, and no address is a page of the studio", async () => {
  const start = await get("/");
  expect(start.status).toBe(302);
  expect(start.headers.get("location")).toContain("playground");
  for (const path of ["/works/work_01m8mhdf2eesnrwyjajt2rtkhe", "/create", "/library"])
    expect((await get(path)).status, path).toBe(404);
});
