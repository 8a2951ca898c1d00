import { join } from "node:path";
import type { Logger } from "../platform/logger.js";
import { createDyuapiVendor } from "../vendors/adapters/dyuapi.js";
import { startSandboxVendor } from "../vendors/sandbox/index.js";
import { VendorDirectory } from "../vendors/vendor-directory.js";
import type { Config } from "./config.js";
import type { Closers } from "./shutdown.js";

const catalogName = "dyuapi";
/** The sandbox takes any key; this one is no secret. */
const sandboxKey = "sandbox";

/**
 * The vendors that the settings name. The sandbox speaks the DyuAPI protocol, so the catalogue's
 * "dyuapi" is made there too; only processes that call vendors start it.
 */
export async function openVendors(
  config: Config,
  options: { callsVendors: boolean; ffmpegPath: string },
  logger: Logger,
  closers: Closers,
): Promise<VendorDirectory> {
  const timeoutMs = config.DYUAPI_TIMEOUT_MS;
  if (config.vendor === "dyuapi") {
    const { DYUAPI_BASE_URL: baseUrl, DYUAPI_API_KEY: apiKey = "" } = config;
    return new VendorDirectory(
      new Map([[catalogName, createDyuapiVendor({ baseUrl, apiKey, timeoutMs, logger })]]),
    );
  }
  const baseUrl = options.callsVendors
    ? await startSandbox(config, options.ffmpegPath, logger, closers)
    : "http://127.0.0.1:1";
  const sandbox = createDyuapiVendor({ name: "sandbox", baseUrl, apiKey: sandboxKey, timeoutMs, logger });
  return new VendorDirectory(new Map([[catalogName, sandbox]]));
}

async function startSandbox(
  config: Config,
  ffmpegPath: string,
  logger: Logger,
  closers: Closers,
): Promise<string> {
  const sandbox = await startSandboxVendor({
    port: 0,
    durationMs: config.SANDBOX_DURATION_MS,
    apiKey: sandboxKey,
    ffmpegPath,
    workDir: join(config.DATA_DIR, "sandbox"),
    logger,
  });
  closers.add("the sandbox vendor", () => sandbox.close());
  logger.info(`sandbox vendor at ${sandbox.url}`);
  return sandbox.url;
}
