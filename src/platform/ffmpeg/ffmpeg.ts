import { type ChildProcess, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { type BulkheadPolicy, bulkhead } from "cockatiel";
import { listFilters } from "./ffmpeg-path.js";

/** A local file. ffmpeg reads it as `format` and does not probe it. */
export interface FfmpegInput {
  path: string;
  format: "mov" | "png_pipe";
  /** Options for this input: `["-ss", "2"]`. */
  options?: readonly string[];
}

export interface FfmpegJob {
  inputs: readonly FfmpegInput[];
  /** Everything between the inputs and the output: filters, maps, encoders. */
  options: readonly string[];
  outputPath: string;
  /** Starts when the program starts. Time in the queue does not count. */
  timeLimitMs: number;
  signal?: AbortSignal;
}

/** `detail` is the end of the program's stderr, for the log only. */
export type FfmpegResult =
  | { kind: "done" }
  /** The program exited with an error, or was killed from outside. */
  | { kind: "failed"; exitCode: number | null; detail: string }
  | { kind: "timed-out"; detail: string }
  | { kind: "aborted" };

export type FfmpegFailure = Exclude<FfmpegResult, { kind: "done" }>;

const detailLengthMax = 2000;

/**
 * Runs ffmpeg on untrusted files: as a child process with the lowest priority, a time limit and an empty
 * environment, and at most `concurrency` at once. The demuxer is forced, `file` is the only protocol, and
 * files cannot reference others, so ffmpeg reads nothing else on this machine or the netjob.
 */
export class Ffmpeg {
  private readonly slots: BulkheadPolicy;
  private filters: Promise<string> | undefined;

  constructor(
    private readonly programPath: string,
    concurrency: number,
  ) {
    this.slots = bulkhead(concurrency, Number.POSITIVE_INFINITY);
  }

  /** Rejects only if the program cannot be started. */
  async run(job: FfmpegJob): Promise<FfmpegResult> {
    return this.slots.execute(() => (job.signal?.aborted ? { kind: "aborted" } : this.runNow(job)));
  }

  /** Some filters need a library that a build of ffmpeg may lack. */
  async hasFilter(name: string): Promise<boolean> {
    this.filters ??= listFilters(this.programPath);
    const listed = await this.filters;
    // The listing times out on a machine under heavy load. The next call tries again.
    if (listed === "") this.filters = undefined;
    return listed.includes(` ${name} `);
  }

  private async runNow(job: FfmpegJob): Promise<FfmpegResult> {
    const child = spawn(this.programPath, toArguments(job), {
      stdio: ["ignore", "ignore", "pipe"],
      env: {},
    });
    let detail = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      detail = (detail + text).slice(-detailLengthMax);
    });
    const limit = AbortSignal.timeout(job.timeLimitMs);
    const stop = AbortSignal.any([limit, ...(job.signal ? [job.signal] : [])]);
    const kill = () => child.kill("SIGKILL");
    stop.addEventListener("abort", kill, { once: true });
    try {
      lowerPriority(child);
      const exitCode = await exited(child);
      if (exitCode === 0) return { kind: "done" };
      if (job.signal?.aborted) return { kind: "aborted" };
      if (limit.aborted || child.signalCode === "SIGXCPU") return { kind: "timed-out", detail };
      return { kind: "failed", exitCode, detail };
    } finally {
      stop.removeEventListener("abort", kill);
    }
  }
}

function toArguments({ inputs, options, outputPath, timeLimitMs }: FfmpegJob): string[] {
  // Limits the child's CPU time, in case this process dies and cannot kill it.
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
    // The child has ended, or the system denies the change. The time limit still applies.
  }
}

function exited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}
