import { drawTable } from "./table.js";

interface Line {
  createdAt: string;
  description: string;
  amount: string;
  balanceAfter: string;
}

/** A statement, oldest line first, as a table. */
export function statementTable(newestFirst: readonly Line[]): string {
  const lines = newestFirst
    .toReversed()
    .map((line) => [
      line.createdAt.slice(11, 19),
      line.description,
      line.amount.startsWith("-") ? line.amount : `+${line.amount}`,
      line.balanceAfter,
    ]);
  return drawTable([["time", "what for", "credits", "balance"], ...lines], { numbersFrom: 2 });
}
