import type { IncomeFieldsFragment } from "../../../generated/operations";
import { sumOfCoins } from "../../app/coins";

/** The day on which it can be used, could be, or was taken back. */
export function dayOf({ state, releaseAt, endedAt }: IncomeFieldsFragment): Date {
  return new Date(state === "PENDING" ? releaseAt : (endedAt ?? releaseAt));
}

/** Neighbors of one state and day are shown together. */
export function byDay(
  incomes: readonly IncomeFieldsFragment[],
): [IncomeFieldsFragment, ...IncomeFieldsFragment[]][] {
  const days: [IncomeFieldsFragment, ...IncomeFieldsFragment[]][] = [];
  for (const income of incomes) {
    const last = days.at(-1);
    if (last && keyOf(last[0]) === keyOf(income)) last.push(income);
    else days.push([income]);
  }
  return days;
}

function keyOf(income: IncomeFieldsFragment): string {
  return `${income.state} ${dayOf(income).toDateString()}`;
}

/** The coins that become free first, and when. Null if none are frozen. */
export function nextRelease(
  pending: readonly Pick<IncomeFieldsFragment, "coins" | "releaseAt">[],
): { coins: string; at: Date } | null {
  const times = pending.map(({ releaseAt }) => Date.parse(releaseAt));
  if (times.length === 0) return null;
  const first = Math.min(...times);
  const coins = pending.filter((_, index) => times[index] === first).map(({ coins }) => coins);
  return { coins: sumOfCoins(coins), at: new Date(first) };
}
