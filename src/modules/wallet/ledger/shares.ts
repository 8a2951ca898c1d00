/*
 * The division of a payment. One credit is worth 500 units, and a unit is 1/10000 coin. The platform keeps 10 %.
 * All amounts are whole units, so every sum is exact.
 */

/** The part of one credit that creators get, in units. */
export const creatorUnitsPerCredit = 450;
/** The part of one credit that the platform keeps, in units. */
export const feeUnitsPerCredit = 50;
/** The worth of one credit, in units. */
export const unitsPerCredit = creatorUnitsPerCredit + feeUnitsPerCredit;

const passedOnPercent = 30;

/**
 * Divides an amount over the levels that a remix was made from, the direct source first. Each level passes 30 % of the
 * amount that reaches it on to the next, rounded down. The last one, the original, keeps all that reaches it.
 */
export function divideOverLevels(amount: number, levels: number): number[] {
  const shares: number[] = [];
  let rest = amount;
  for (let level = 0; level < levels; level++) {
    const passedOn = level === levels - 1 ? 0 : Math.floor((rest * passedOnPercent) / 100);
    shares.push(rest - passedOn);
    rest = passedOn;
  }
  return shares;
}
