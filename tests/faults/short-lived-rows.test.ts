import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { connectionOf } from "../../src/platform/graphql/connection.js";
import { freshDatabase } from "../support/database.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as (options?: { type: "minor" }) => void;
setFlagsFromString("--no-expose-gc");

const text = "x".repeat(1_000);
const rowsEach = 250;
const readings = 100;

/** An object that survives two minor collections is old; a third takes what only just became garbage. */
async function collectYoung(): Promise<void> {
  for (let n = 0; n < 3; n++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc({ type: "minor" });
  }
}

/** Runs a step often, and returns how much more of the heap is in use afterwards. */
async function growthOf(step: (n: number) => Promise<void> | void): Promise<number> {
  await step(-1);
  await collectYoung();
  gc();
  const before = process.memoryUsage().heapUsed;
  for (let n = 0; n < readings; n++) {
    await step(n);
    if (n % 10 === 9) await collectYoung();
  }
  await collectYoung();
  return process.memoryUsage().heapUsed - before;
}

const keptMax = (readings * rowsEach * text.length) / 4;

test("rows that were read and used are freed by minor garbage collections", async () => {
  const { database, drop } = await freshDatabase();
  let rows = 0;
  const kept = await growthOf(async () => {
    const read = await database.db.execute(
      `select n, '${text}' || n as text from generate_series(1, ${rowsEach}) n`,
    );
    rows += read.length; // Not into expect, which would keep them.
  });
  await drop();
  expect(rows).toBe((readings + 1) * rowsEach);
  expect(kept).toBeLessThan(keptMax);
});

test("pages that were built and used are freed by minor garbage collections", async () => {
  let length = 0;
  const kept = await growthOf((n) => {
    const rows = Array.from({ length: rowsEach }, (_, nth) => ({
      text: Buffer.alloc(text.length, `${n} ${nth} `).toString("latin1"),
    }));
    const page = connectionOf(
      rows,
      { first: rowsEach, after: null },
      (row) => row.text,
      (row) => ({ ...row }),
    );
    for (const { cursor, node } of page.edges) length += cursor.length + node.text.length;
  });
  expect(length).toBe((readings + 1) * rowsEach * text.length * 2);
  expect(kept).toBeLessThan(keptMax);
});
