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

const folders = [
  "07-empty-operation-name",
  "08-subscription-by-post",
  "10-unmapped-file",
  "11-media-type-in-capitals",
  "12-invisible-text",
  "13-impossible-phones",
  "22-bad-phone-wording",
  "23-token-in-connection-init",
  "24-browser-pages",
  "26-unknown-project",
  "27-refused-large-upload",
  "28-several-uploads",
];
for (const folder of folders) testRequestCases(folder, () => ana);
