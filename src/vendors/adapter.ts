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
