import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "pino";
import type { VendorAdapter } from "../vendors/adapter.js";
import type { Vendor } from "../vendors/contract.js";
import { startSandboxVendor } from "../vendors/sandbox/index.js";
import { VendorDirectory } from "../vendors/vendor-directory.js";
import type { Config } from "./config.js";
import type { Shutdown } from "./shutdown.js";

/** The sandbox takes any key; this one is no secret. */
const sandboxKey = "sandbox";

interface CreateVendorsOptions {
  adapters: readonly VendorAdapter[];
  /** Only workers call vendors. */
  hasWorkers: boolean;
  ffmpegPath: string;
}

/**
 * The vendors that the settings have keys for, or the sandbox in the place of them all, which processes with workers
 * start.
 */
export async function createVendors(
  config: Config,
  options: CreateVendorsOptions,
  logger: Logger,
  shutdown: Shutdown,
): Promise<VendorDirectory> {
  const { adapters } = options;
  if (config.vendor === "sandbox") {
    const sandbox = await openSandbox(config, options, logger, shutdown);
    return new VendorDirectory(new Map(adapters.map(({ name }) => [name, sandbox])));
  }
  const vendors = adapters.flatMap((adapter): [string, Vendor][] => {
    const access = adapter.access(config);
    return access ? [[adapter.name, adapter.create({ ...access, logger })]] : [];
  });
  return new VendorDirectory(new Map(vendors), config.VENDOR);
}

/** It speaks several protocols; with one of them it can make whatever the catalog has. */
async function openSandbox(
  config: Config,
  { adapters, hasWorkers, ffmpegPath }: CreateVendorsOptions,
  logger: Logger,
  shutdown: Shutdown,
): Promise<Vendor> {
  const adapter = adapters.find(({ name }) => name === "dyuapi");
  if (!adapter) throw new Error("there is no adapter for the sandbox");
  const baseUrl = hasWorkers
    ? await startSandbox(config, ffmpegPath, logger, shutdown)
    : runningSandbox(config);
  const timeoutMs = config.DYUAPI_TIMEOUT_MS;
  return adapter.create({ name: "sandbox", baseUrl, apiKey: sandboxKey, timeoutMs, logger });
}

async function startSandbox(
  config: Config,
  ffmpegPath: string,
  logger: Logger,
  shutdown: Shutdown,
): Promise<string> {
  const sandbox = await startSandboxVendor({
    port: 0,
    durationMs: config.SANDBOX_DURATION_MS,
    apiKey: sandboxKey,
    ffmpegPath,
    workDir: join(config.DATA_DIR, "sandbox"),
    logger,
  });
  shutdown.onShutdown("the sandbox vendor", () => sandbox.close());
  writeFileSync(sandboxAddressFile(config), sandbox.url);
  logger.info(`sandbox vendor at ${sandbox.url}`);
  return sandbox.url;
}

/** Where the server on this data directory has its sandbox, or had it last. */
function runningSandbox(config: Config): string {
  const file = sandboxAddressFile(config);
  return existsSync(file) ? readFileSync(file, "utf8") : "http://127.0.0.1:1";
}

function sandboxAddressFile({ DATA_DIR }: Config): string {
  return join(DATA_DIR, "sandbox", "address");
}
