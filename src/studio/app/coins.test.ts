import { expect, test } from "vitest";
import { creatorCoins, shortCoins } from "./coins";

const pricing = { coinsPerCredit: "0.0500", creatorSharePercent: 90 };

test("a creator's part has four decimals, however small or large", () => {
  expect(creatorCoins(20, pricing)).toBe("0.9000");
  expect(creatorCoins(5, pricing)).toBe("0.2250");
  expect(creatorCoins(1, pricing)).toBe("0.0450");
  expect(creatorCoins(0, pricing)).toBe("0.0000");
  expect(creatorCoins(2_000_000_000, pricing)).toBe("90000000.0000");
});

test("headings show two decimals or more", () => {
  expect(["3.1500", "0.9000", "0.2250", "12.0000", "0.0001"].map(shortCoins)).toEqual([
    "3.15",
    "0.90",
    "0.225",
    "12.00",
    "0.0001",
  ]);
});
