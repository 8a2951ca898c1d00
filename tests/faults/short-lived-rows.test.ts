import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
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

test("rows that were read and used are freed by minor garbage collections", async () => {
  const { database, drop } = await freshDatabase();
  const read = () =>
    database.db.execute(`select n, '${text}' || n as text from generate_series(1, ${rowsEach}) n`);
  await read();
  await collectYoung();
  gc();
  const before = process.memoryUsage().heapUsed;
  let rows = 0;
  for (let n = 0; n < readings; n++) {
    rows += (await read()).length; // Not into expect, which would keep them.
    if (n % 10 === 9) await collectYoung();
  }
  await collectYoung();
  const kept = process.memoryUsage().heapUsed - before;
  await drop();
  expect(rows).toBe(readings * rowsEach);
  expect(kept).toBeLessThan((readings * rowsEach * text.length) / 4);
});
