import { parseArgs } from "node:util";

export interface Options {
  only: ReadonlySet<string>;
  rounds: number;
  /** Of each measurement, after a warm-up. */
  seconds: number;
  /** Connections of the driver, each with one request under way. */
  conns: number;
  sockets: number;
  videos: number;
  /** Published works, for B9 to B16. */
  works: number;
  /** Where a flame graph (SVG) of the server goes, if one is wanted. */
  flame: string | null;
}

export const benches = [
  "b1",
  "b2",
  "b3",
  "b4",
  "b5",
  "b9",
  "b10",
  "b11",
  "b12",
  "b13",
  "b14",
  "b15",
  "b16",
  "others",
] as const;

/** Throws an Error that says what is wrong with the command line. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: "string", default: benches.join(",") },
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "8" },
      conns: { type: "string", default: "64" },
      sockets: { type: "string", default: "2000" },
      videos: { type: "string", default: "100000" },
      works: { type: "string", default: "1000000" },
      flame: { type: "string" },
    },
  });
  const only = new Set(values.only.split(","));
  const unknown = [...only].filter((name) => !(benches as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`--only takes ${benches.join(", ")}; not ${unknown.join(", ")}`);
  const whole = (name: "rounds" | "seconds" | "conns" | "sockets" | "videos" | "works") => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} takes a whole number from 1`);
    return value;
  };
  return {
    only,
    rounds: whole("rounds"),
    seconds: whole("seconds"),
    conns: whole("conns"),
    sockets: whole("sockets"),
    videos: whole("videos"),
    works: whole("works"),
    flame: values.flame ?? null,
  };
}
