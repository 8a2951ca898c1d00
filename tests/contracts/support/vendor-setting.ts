import { findFfmpeg } from "../../../src/platform/find-ffmpeg.js";
import { createLogger } from "../../../src/platform/logger.js";
import { createDyuapiVendor } from "../../../src/vendors/adapters/dyuapi.js";
import type { CheckResult, SubmitRequest, VendorState } from "../../../src/vendors/contract.js";
import { type SandboxOptions, startSandboxVendor } from "../../../src/vendors/sandbox/index.js";

export const apiKey = "sk-contract-2f7c1b9e/+secret";
export const ffmpegPath = await findFfmpeg({ setting: undefined, searchPath: undefined });

/** Small and short, for tests that are not about the picture. */
export const smallOrder = (prompt: string): SubmitRequest => ({
  prompt,
  vendorModel: "sora2-portrait",
  size: "160x160",
  durationSec: 1,
});

/** A sandbox, an adapter that talks to it over HTTP, and all that the adapter logged. */
export async function vendorSetting(
  options: { timeoutMs?: number; key?: string; baseUrl?: string } & Partial<SandboxOptions> = {},
) {
  const { timeoutMs = 5_000, key = apiKey, baseUrl, ...sandboxOptions } = options;
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
  const vendor = createDyuapiVendor({ baseUrl: baseUrl ?? sandbox.url, apiKey: key, timeoutMs, logger });

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
