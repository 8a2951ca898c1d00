interface Line {
  createdAt: string;
  description: string;
  amount: string;
  balanceAfter: string;
}

/** A statement, oldest line first, as a table. */
export function statementTable(newestFirst: readonly Line[]): string {
  const rows = [
    ["time", "what for", "credits", "balance"],
    ...newestFirst
      .toReversed()
      .map((line) => [
        line.createdAt.slice(11, 19),
        line.description,
        line.amount.startsWith("-") ? line.amount : `+${line.amount}`,
        line.balanceAfter,
      ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number) => column >= 2;
  const drawn = rows.map((row) =>
    row
      .map((cell, n) => (isNumber(n) ? cell.padStart(widths[n] as number) : cell.padEnd(widths[n] as number)))
      .join("   "),
  );
  const rule = "─".repeat(drawn[0]?.length ?? 0);
  return [drawn[0], rule, ...drawn.slice(1)].map((line) => `  ${line}`).join("\n");
}
