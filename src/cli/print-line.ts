import { once } from "node:events";
import type { Breach } from "../platform/db/checks.js";

/** Waits for readers that are slower than the database. */
export async function printLine(line: string): Promise<void> {
  if (!process.stdout.write(`${line}\n`)) await once(process.stdout, "drain");
}

export function printBreach({ invariant, detail }: Breach): Promise<void> {
  return printLine(`BREACH ${invariant}: ${detail}`);
}
