import { afterAll, beforeAll, expect, test } from "vitest";
import { ExchangeCases } from "../support/exchange-cases.js";
import { readExchanges } from "../support/exchanges.js";
import { audit } from "../support/tasks.js";

const exchanges = readExchanges(
  "02-user-agent",
  "03-encoded-answers",
  "04-byte-order-mark",
  "05-large-numeric-ids",
  "06-content-refusals",
  "17-status-words",
  "18-reused-id",
  "20-long-headers",
);

let cases: ExchangeCases;
beforeAll(async () => {
  cases = await ExchangeCases.start(exchanges);
});
afterAll(() => cases.close());

test.each(exchanges.filter(({ order }) => order !== 1))("$name ends as it must", async (exchange) => {
  await cases.run(exchange);
});

test("whatever the vendor answered, the books balance", async () => {
  expect(await audit(cases.product)).toEqual([]);
});
