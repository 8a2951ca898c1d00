import { setTimeout as sleep } from "node:timers/promises";
import type { ServerProcess } from "../support/server-process.js";

/** A process that is started again whenever it ends, as whatever runs it in production would. */
export class Member {
  process: ServerProcess | null = null;
  starts = 0;
  /** Exits that nobody caused: a process must not end by itself, whatever is done to what it stands on. */
  readonly unexpected: string[] = [];
  private killed = false;
  private dismissed = false;
  private life: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    readonly launch: () => Promise<ServerProcess>,
  ) {}

  /** Resolves when it is there for the first time. */
  async hire(): Promise<void> {
    await this.startOnce();
    this.life = this.watch();
  }

  async kill(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    if (!this.process) return; // It is being started again.
    this.killed = true;
    await this.process.kill(signal);
  }

  async dismiss(): Promise<void> {
    this.dismissed = true;
    await this.kill("SIGTERM");
    await this.life;
  }

  private async watch(): Promise<void> {
    while (!this.dismissed) {
      const process = this.process as ServerProcess;
      const { code, signal } = await process.ended();
      this.process = null;
      if (!this.killed) this.unexpected.push(`code ${code}, ${signal}: ${lastWords(process.output)}`);
      this.killed = false;
      // Its database may be away just now: then it says so and ends, and is started again.
      while (!this.process && !this.dismissed) await this.startOnce().catch(() => sleep(300));
    }
  }

  private async startOnce(): Promise<void> {
    this.starts += 1;
    this.process = await this.launch();
  }
}

/** What a process says when it breaks is no JSON. */
function lastWords(output: string): string {
  const lines = output.trimEnd().split("\n");
  const words = lines.filter((line) => !line.startsWith("{"));
  return [...words.slice(-25), lines.at(-1)].join("\n");
}
