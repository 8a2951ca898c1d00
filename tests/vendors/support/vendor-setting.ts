import { findFfmpegPath } from "../../../src/platform/ffmpeg/ffmpeg-path.js";
import { createLogger } from "../../../src/platform/observability/logger.js";
import { findAdapters, type VendorAdapter, type VendorOptions } from "../../../src/vendors/adapter.js";
import { DyuapiVendor } from "../../../src/vendors/adapters/dyuapi.js";
import type { CheckResult, SubmitRequest, Vendor, VendorState } from "../../../src/vendors/contract.js";
import { type SandboxOptions, startSandboxVendor } from "../../../src/vendors/sandbox/index.js";
import { type Protocol, protocolPaths } from "../../../src/vendors/sandbox/protocols.js";

export const apiKey = "sk-contract-2f7c1b9e/+secret";
export const ffmpegPath = await findFfmpegPath({ setting: undefined, searchPath: undefined });

/** Every adapter that there is: a new one is tested by being there. */
export const adapters = await findAdapters();

/** Small and short, for tests that are not about the picture. */
export const smallOrder = (prompt: string): SubmitRequest => ({
  prompt,
  vendorModel: "sora2-portrait",
  size: "160x160",
  durationSec: 1,
});

type SettingOptions = {
  timeoutMs?: number;
  key?: string;
  baseUrl?: string;
  webhookSecrets?: string[];
} & Partial<SandboxOptions>;

/** The DyuAPI adapter, with the calls that it alone has. */
export function vendorSetting(options: SettingOptions = {}) {
  return settingOf("dyuapi", (parts) => new DyuapiVendor(parts), options);
}

export function adapterSetting(adapter: VendorAdapter, options: SettingOptions = {}) {
  if (!Object.hasOwn(protocolPaths, adapter.name))
    throw new Error(`the sandbox does not speak ${adapter.name}'s protocol, so it cannot be tested`);
  return settingOf(adapter.name as Protocol, (parts) => adapter.create(parts), options);
}

/** A sandbox, an adapter that talks to it over HTTP, and all that the adapter logged. */
async function settingOf<V extends Vendor>(
  protocol: Protocol,
  create: (options: VendorOptions) => V,
  options: SettingOptions,
) {
  const { timeoutMs = 5_000, key = apiKey, baseUrl, webhookSecrets, ...sandboxOptions } = options;
  const logLines: string[] = [];
  const logger = await createLogger({
    level: "trace",
    pretty: false,
    destination: { write: (line) => void logLines.push(line) },
  });
  const sandbox = await startSandboxVendor({
    ...{ port: 0, durationMs: 0, apiKey, ffmpegPath, oneFilmForAll: true },
    ...sandboxOptions,
  });
  const vendor = create({
    baseUrl: baseUrl ?? sandbox.baseUrlFor(protocol),
    apiKey: key,
    timeoutMs,
    logger,
    ...(webhookSecrets && { webhookSecrets }),
  });

  const submitted = async (prompt: string): Promise<string> => {
    const result = await vendor.submit(smallOrder(prompt));
    if (result.kind !== "accepted") throw new Error(`not accepted: ${JSON.stringify(result)}`);
    return result.vendorTaskId;
  };
  const stateOf = async (id: string): Promise<VendorState> => {
    const result: CheckResult = await vendor.check(id);
    if (result.kind !== "state") throw new Error(`no state: ${JSON.stringify(result)}`);
    return result.state;
  };
  /** Looks until the state is as wanted. */
  const until = async (id: string, wanted: (state: VendorState) => boolean): Promise<VendorState> => {
    for (const deadline = Date.now() + 40_000; Date.now() < deadline; ) {
      const state = await stateOf(id);
      if (wanted(state)) return state;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error("the task never came to the wanted state");
  };
  const finished = (id: string) => until(id, ({ status }) => status === "SUCCESS" || status === "FAILURE");
  return { sandbox, vendor, logLines, submitted, stateOf, until, finished };
}

export type VendorSetting = Awaited<ReturnType<typeof vendorSetting>>;
export type AdapterSetting = Awaited<ReturnType<typeof adapterSetting>>;
