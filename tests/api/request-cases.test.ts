import { afterAll, beforeAll, expect, test } from "vitest";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { testRequestCases } from "../support/request-cases.js";

let product: Product;
let ana: Client;
beforeAll(async () => {
  product = await startProduct({ worker: false });
  ana = await product.user();
});
afterAll(async () => {
  await ana.disconnect();
  await product.close();
});

const folders = [
  "07-empty-operation-name",
  "08-subscription-by-post",
  "09-skip-on-a-subscription-root",
  "10-unmapped-file",
  "11-media-type-in-capitals",
  "12-invisible-text",
  "13-impossible-phones",
  "21-persisted-queries",
  "22-bad-phone-wording",
  "23-token-in-connection-init",
  "24-browser-pages",
  "26-unknown-project",
  "27-refused-large-upload",
  "28-several-uploads",
];
for (const folder of folders) testRequestCases(folder, () => ana);

test("a condition on a subscription's root field is rejected, also in fragments, over HTTP and WebSocket", async () => {
  const fragment = "fragment W on Subscription { walletChanged { credits } }";
  const conditional = [
    `subscription { ...W @skip(if: true) } ${fragment}`,
    `subscription ($x: Boolean = true) { ...W @include(if: $x) } ${fragment}`,
    `subscription { ... @skip(if: false) { walletChanged { credits } } }`,
    `subscription { ... on Subscription @include(if: false) { ...W } } ${fragment}`,
    `subscription { ...V } fragment V on Subscription { ...W @skip(if: true) } ${fragment}`,
    `subscription { ...V } fragment V on Subscription { ... { walletChanged @include(if: false) { credits } } }`,
    `subscription { walletChanged { credits } ... @skip(if: true) { walletChanged { heldCredits } } }`,
    `subscription A { walletChanged @skip(if: true) { credits } } query B { me { id } }`,
  ];
  for (const query of conditional) {
    const told = await ana
      .subscribe(query, {})
      .next()
      .then(
        ({ value }) => value?.errors,
        (errors) => errors,
      );
    expect(told, query).toMatchObject([{ extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }]);
    expect(await ana.errorCode(query), query).toBe("GRAPHQL_VALIDATION_FAILED");
  }
});

test("conditions below the root work", async () => {
  const query = "subscription ($x: Boolean!) { walletChanged { credits @skip(if: $x) heldCredits } }";
  const { value } = await ana.subscribe(query, { x: true }).next();
  expect(value).toEqual({ data: { walletChanged: { heldCredits: 0 } } });
});
