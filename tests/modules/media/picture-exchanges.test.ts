import { afterAll, beforeAll, expect, test } from "vitest";
import { ExchangeCases } from "../../support/exchange-cases.js";
import { expectColors } from "../../support/exchange-colors.js";
import { readExchanges } from "../../support/exchanges.js";
import { audit } from "../../support/tasks.js";

const exchanges = readExchanges("01-untagged-hd-colours", "16-which-track", "19-other-colour-forms");

let cases: ExchangeCases;
beforeAll(async () => {
  cases = await ExchangeCases.start(exchanges);
});
afterAll(() => cases.close());

test.each(exchanges)("$name is ingested, and its still and preview show its colors", async (exchange) => {
  await expectColors(await cases.run(exchange), exchange);
});

test("every video is paid for once", async () => {
  expect(await audit(cases.product)).toEqual([]);
});
