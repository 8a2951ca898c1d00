interface TableOptions {
  /** The columns from this one on hold numbers, which are right-aligned. */
  numbersFrom: number;
}

/** A table for the terminal. The first row is the heading. */
export function drawTable(rows: readonly (readonly string[])[], { numbersFrom }: TableOptions): string {
  const columns = rows[0]?.map((_, n) => n) ?? [];
  const widths = columns.map((column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ""))));
  const drawn = rows.map((row) =>
    row
      .map((cell, n) => {
        const space = " ".repeat((widths[n] as number) - widthOf(cell));
        return n >= numbersFrom ? space + cell : cell + space;
      })
      .join("   "),
  );
  const rule = "─".repeat(widthOf(drawn[0] ?? ""));
  return [drawn[0], rule, ...drawn.slice(1)].map((line) => `  ${line}`).join("\n");
}

/** In columns of a terminal, where Chinese characters and full-width punctuation take two. */
function widthOf(text: string): number {
  return [...text].reduce(
    (width, char) => width + (/[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/u.test(char) ? 2 : 1),
    0,
  );
}
