import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { type BulkheadPolicy, bulkhead } from "cockatiel";
import { listFilters } from "./ffmpeg-path.js";

/** A local file that ffmpeg reads, always as the format that we say, never as what it looks like. */
export interface FfmpegInput {
  path: string;
  format: "mov" | "png_pipe";
  /** Options for this input: `["-ss", "2"]`. */
  options?: readonly string[];
}

export interface FfmpegWork {
  inputs: readonly FfmpegInput[];
  /** Everything between the inputs and the output: filters, maps, encoders. */
  options: readonly string[];
  outputPath: string;
  /** Counts from the start of the program; waiting for a free place is not counted. */
  timeLimitMs: number;
  signal?: AbortSignal;
}

/** `detail` is the end of what the program said: for the log, never for clients. */
export type FfmpegResult =
  | { kind: "done" }
  /** It gave up on what it was given, or something else ended it. */
  | { kind: "failed"; exitCode: number | null; detail: string }
  | { kind: "timed-out"; detail: string }
  | { kind: "aborted" };

export type FfmpegFailure = Exclude<FfmpegResult, { kind: "done" }>;

const detailLengthMax = 2000;

/**
 * Runs ffmpeg on files of unknown origin: as a child at the lowest priority, with a time limit, only
 * so many at once, with an empty environment. The demuxer is forced, the only protocol is `file`,
 * and a file cannot name another one, so nothing else on this machine or the network can be read.
 */
export class Ffmpeg {
  private readonly places: BulkheadPolicy;
  private filters: Promise<string> | undefined;

  constructor(
    private readonly programPath: string,
    concurrency: number,
  ) {
    this.places = bulkhead(concurrency, Number.POSITIVE_INFINITY);
  }

  /** Rejects only if the program cannot be started at all. */
  async run(work: FfmpegWork): Promise<FfmpegResult> {
    return this.places.execute(() => (work.signal?.aborted ? { kind: "aborted" } : this.runNow(work)));
  }

  /** Whether this build has the filter: some need a library that a build may be without. */
  async hasFilter(name: string): Promise<boolean> {
    this.filters ??= listFilters(this.programPath);
    const listed = await this.filters;
    // A machine under load may not answer in time: then the next caller asks again.
    if (listed === "") this.filters = undefined;
    return listed.includes(` ${name} `);
  }

  private async runNow(work: FfmpegWork): Promise<FfmpegResult> {
    const child = spawn(this.programPath, commandLine(work), {
      stdio: ["ignore", "ignore", "pipe"],
      env: {},
    });
    let detail = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      detail = (detail + text).slice(-detailLengthMax);
    });
    const limit = AbortSignal.timeout(work.timeLimitMs);
    const stop = AbortSignal.any([limit, ...(work.signal ? [work.signal] : [])]);
    const kill = () => child.kill("SIGKILL");
    stop.addEventListener("abort", kill, { once: true });
    try {
      lowerPriority(child);
      const exitCode = await ended(child);
      if (exitCode === 0) return { kind: "done" };
      if (work.signal?.aborted) return { kind: "aborted" };
      if (limit.aborted || child.signalCode === "SIGXCPU") return { kind: "timed-out", detail };
      return { kind: "failed", exitCode, detail };
    } finally {
      stop.removeEventListener("abort", kill);
    }
  }
}

function commandLine({ inputs, options, outputPath, timeLimitMs }: FfmpegWork): string[] {
  // The child's own limit of CPU time ends it even when this process has died and cannot.
  const cpuLimitSec = Math.ceil(timeLimitMs / 1000) * 2;
  return [
    ...["-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-timelimit", String(cpuLimitSec)],
    ...inputs.flatMap((input) => [
      ...(input.options ?? []),
      ...["-protocol_whitelist", "file", "-f", input.format],
      ...(input.format === "mov" ? ["-enable_drefs", "0", "-use_absolute_path", "0"] : []),
      ...["-i", `file:${input.path}`],
    ]),
    ...options,
    `file:${outputPath}`,
  ];
}

function lowerPriority({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended already, or this system allows no change: the time limit still holds.
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}
