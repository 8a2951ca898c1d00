import { setTimeout as sleep } from "node:timers/promises";
import type { ServerProcess } from "../support/server-process.js";

/** A process that is restarted whenever it ends, as a supervisor does in production. */
export class ManagedProcess {
  process: ServerProcess | null = null;
  starts = 0;
  /** Exits that the test did not cause. A process must not end by itself, whatever fails around it. */
  readonly unexpected: string[] = [];
  private killed = false;
  private stopped = false;
  private life: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    readonly launch: () => Promise<ServerProcess>,
  ) {}

  /** Resolves when the process has started for the first time. */
  async start(): Promise<void> {
    await this.startOnce();
    this.life = this.watch();
  }

  async kill(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    if (!this.process) return; // It is being restarted.
    this.killed = true;
    await this.process.kill(signal);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.kill("SIGTERM");
    await this.life;
  }

  private async watch(): Promise<void> {
    while (!this.stopped) {
      const process = this.process as ServerProcess;
      const { code, signal } = await process.ended();
      this.process = null;
      if (!this.killed) this.unexpected.push(`code ${code}, ${signal}: ${lastOutput(process.output)}`);
      this.killed = false;
      // If the database is unavailable, the new process says so and ends, and is restarted.
      while (!this.process && !this.stopped) await this.startOnce().catch(() => sleep(300));
    }
  }

  private async startOnce(): Promise<void> {
    this.starts += 1;
    this.process = await this.launch();
  }
}

/** A crash prints lines that are not JSON. */
function lastOutput(output: string): string {
  const lines = output.trimEnd().split("\n");
  const words = lines.filter((line) => !line.startsWith("{"));
  return [...words.slice(-25), lines.at(-1)].join("\n");
}
