import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { findFfmpegPath } from "../../src/platform/ffmpeg/ffmpeg-path.js";
import { type SandboxVendor, startSandboxVendor } from "../../src/vendors/sandbox/index.js";
import { runCommand } from "./command.js";
import { fixedCode, smallFilms } from "./product.js";
import { ServerProcess } from "./server-process.js";

/**
 * Simulates several machines: processes with separate data folders that share only the database, the files, the
 * secret and the vendor.
 */
export class Fleet {
  private machines = 0;

  private constructor(
    readonly sandbox: SandboxVendor,
    private readonly folder: string,
    private readonly shared: Record<string, string>,
  ) {}

  static async open(shared: Record<string, string>): Promise<Fleet> {
    const folder = mkdtempSync(join(tmpdir(), "skyriff-fleet-"));
    const ffmpegPath = await findFfmpegPath({ setting: undefined, searchPath: process.env.PATH });
    const filmsFolder = inject("filmsFolder");
    const drawing = { ffmpegPath, filmsFolder, oneFilmForAll: true };
    const sandbox = await startSandboxVendor({ port: 0, durationMs: 400, ...drawing });
    return new Fleet(sandbox, folder, {
      STORAGE_URL: `file:${join(folder, "storage")}`,
      AUTH_SECRET: "one-secret-for-all-machines-of-the-fleet",
      SMS_FIXED_CODE: fixedCode,
      LOGIN_CODES_PER_ADDRESS_PER_HOUR: "10000",
      MODEL_CATALOG: smallFilms(folder),
      VENDOR: "dyuapi",
      DYUAPI_BASE_URL: sandbox.url,
      DYUAPI_API_KEY: "vendor-key-of-the-fleet",
      VENDOR_POLL_INTERVAL_MS: "100",
      ...shared,
    });
  }

  server(): Promise<ServerProcess> {
    return ServerProcess.start(this.settings(), ["serve", "--no-worker"]);
  }

  worker(): Promise<ServerProcess> {
    return ServerProcess.start(this.settings(), ["worker"]);
  }

  /** Runs a command to its end, on a new machine. */
  async command(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await runCommand(this.settings(), ...args);
    if (code !== 0) throw new Error(`skyriff ${args.join(" ")} exited with ${code}: ${stderr}`);
    return stdout;
  }

  /** The settings of a new machine. */
  settings(): Record<string, string> {
    this.machines += 1;
    return { ...this.shared, DATA_DIR: join(this.folder, `machine-${this.machines}`) };
  }

  async close(): Promise<void> {
    await ServerProcess.killAll();
    await this.sandbox.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
