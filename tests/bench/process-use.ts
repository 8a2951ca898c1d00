import { readdirSync, readFileSync } from "node:fs";

const ticksPerSec = 100;

/** Processor time in µs that a process has used until now; NaN where there is no /proc. */
export function cpuOf(pid: number): number {
  const fields = statOf(pid);
  return fields ? ticksToMicros(fields, 11, 12) : Number.NaN;
}

/** The same of PostgreSQL: the postmaster, its children, and those that have ended. */
export function cpuOfFamily(pid: number): number {
  const parent = statOf(pid);
  if (!parent) return Number.NaN;
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((fields) => fields !== null && Number(fields[1]) === pid) as string[][];
  const own = ticksToMicros(parent, 11, 12) + ticksToMicros(parent, 13, 14);
  return children.reduce((sum, fields) => sum + ticksToMicros(fields, 11, 12), own);
}

/** Resident memory in KiB; NaN where there is no /proc. */
export function memoryOf(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
  } catch {
    return Number.NaN;
  }
}

/** The fields after the name, from the state on (proc_pid_stat(5)). */
function statOf(pid: number): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}

function ticksToMicros(fields: string[], ...places: number[]): number {
  return places.reduce((sum, place) => sum + Number(fields[place]), 0) * (1_000_000 / ticksPerSec);
}
