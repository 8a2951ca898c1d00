import { afterAll, beforeAll } from "vitest";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { testRequestCases } from "../support/request-cases.js";

let product: Product;
let ana: Client;
beforeAll(async () => {
  product = await startProduct({ worker: false });
  ana = await product.user();
});
afterAll(() => product.close());

for (const folder of [
  "07-empty-operation-name",
  "08-subscription-by-post",
  "12-invisible-text",
  "13-impossible-phones",
  "22-bad-phone-wording",
  "26-unknown-project",
])
  testRequestCases(folder, () => ana);
