import { readdirSync } from "node:fs";
import type { Logger } from "pino";
import type { Vendor } from "./contract.js";
import type { VendorsSettings } from "./vendors.config.js";

/**
 * Each file in `adapters/` exports one as `adapter`. The folder is scanned at startup, so a new vendor needs
 * only a new file and its settings.
 */
export interface VendorAdapter {
  /** Used in the catalog, in VENDOR and as the last segment of its webhook URL. */
  readonly name: string;
  /** Null if the settings do not configure this vendor. */
  access(settings: VendorsSettings): VendorAccess | null;
  create(options: VendorOptions): Vendor;
}

export interface VendorAccess {
  /** May have a path, which is prepended to the protocol's paths. */
  baseUrl: string;
  apiKey: string;
  /** For one whole call, and between two chunks of a file. */
  timeoutMs: number;
  /** The secrets that the vendor may sign its webhooks with. */
  webhookSecrets?: readonly string[];
}

export interface VendorOptions extends VendorAccess {
  /** The vendor's name in attempt rows. Default: the adapter's name. */
  name?: string | undefined;
  logger: Logger;
}

const folder = new URL("./adapters/", import.meta.url);

/** Imports all files in `adapters/`. Their helper files are in subfolders. */
export async function findAdapters(): Promise<VendorAdapter[]> {
  const files = readdirSync(folder).filter((name) => /^[a-z0-9-]+\.[jt]s$/.test(name));
  return Promise.all(
    files.sort().map(async (file) => {
      const { adapter } = (await import(new URL(file, folder).href)) as { adapter?: VendorAdapter };
      if (!adapter) throw new Error(`vendors/adapters/${file} exports no adapter`);
      return adapter;
    }),
  );
}
