import type { CreatorPricesQuery } from "../../generated/operations";

type Pricing = Pick<CreatorPricesQuery["pricing"], "coinsPerCredit" | "creatorSharePercent">;

/** Coins have four decimals. They are counted in whole units, never as floats. */
const decimals = 4;

/** A creator's part of a payment in credits, in coins: "0.9000". */
export function creatorCoins(credits: number, { coinsPerCredit, creatorSharePercent }: Pricing): string {
  return toText((toUnits(coinsPerCredit) * BigInt(credits) * BigInt(creatorSharePercent)) / 100n);
}

export function sumOfCoins(all: readonly string[]): string {
  return toText(all.reduce((sum, coins) => sum + toUnits(coins), 0n));
}

/** For headings: at least two decimals, and no zeros after them. "3.1500" → "3.15" */
export function shortCoins(coins: string): string {
  return coins.replace(/(\.\d\d\d*?)0+$/, "$1");
}

function toUnits(coins: string): bigint {
  const [whole = "0", fraction = ""] = coins.split(".");
  return BigInt(whole + fraction.padEnd(decimals, "0"));
}

function toText(units: bigint): string {
  const digits = units.toString().padStart(decimals + 1, "0");
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
