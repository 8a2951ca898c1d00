import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Client } from "./client.js";
import { processEnv } from "./command.js";
import { SecretWatch } from "./secret-watch.js";
import { until } from "./until.js";

interface StartOptions {
  cwd?: string;
  script?: string;
  preload?: string;
}

/** A server in a separate process, which can be killed. */
export class ServerProcess {
  url = "";
  output = "";
  private constructor(
    readonly child: ChildProcess,
    private readonly secrets: SecretWatch,
  ) {}

  private static readonly running = new Set<ServerProcess>();

  /** For afterAll, so that a failed test leaves no process running. */
  static async killAll(): Promise<void> {
    await Promise.all([...ServerProcess.running].map((server) => server.kill("SIGKILL")));
  }

  /** `preload`: a module that runs in the process first. */
  static async start(
    settings: Record<string, string>,
    args: string[] = ["serve"],
    { cwd = ".", script = "src/cli/bin.mjs", preload }: StartOptions = {},
  ): Promise<ServerProcess> {
    const node = preload ? ["--import", preload] : [];
    const child = spawn(process.execPath, [...node, script, ...args], {
      cwd,
      env: processEnv({ PORT: "0", LOG_LEVEL: "trace", ...settings }),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const server = new ServerProcess(child, new SecretWatch(settings));
    ServerProcess.running.add(server);
    child.once("exit", () => ServerProcess.running.delete(server));
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        server.output += text;
      });
    }
    await until("the server's address", () => {
      if (server.hasEnded) throw new Error(`the server ended:\n${server.output}`);
      server.url = /GraphQL +(http\S+)\/graphql/.exec(server.output)?.[1] ?? "";
      return server.url !== "" || /worker ready/.test(server.output);
    });
    if (settings.DATA_DIR) server.secrets.readOwnSecret(settings.DATA_DIR);
    server.secrets.watch(server.url);
    return server;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  client(): Client {
    return new Client(this.url);
  }

  /** Waits for the process to end. Throws if it printed or sent a secret. */
  async ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (!this.hasEnded) await once(this.child, "exit");
    this.secrets.check("the server's output", this.output);
    await this.secrets.end();
    return { code: this.child.exitCode, signal: this.child.signalCode };
  }

  async kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (!this.hasEnded) this.child.kill(signal);
    return this.ended();
  }
}
