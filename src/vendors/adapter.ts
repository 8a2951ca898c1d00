import type { Logger } from "pino";
import type { Vendor } from "./contract.js";
import type { VendorsSettings } from "./vendors.config.js";

/**
 * What each file in `adapters/` exports as `adapter`. The files are found by looking into the folder,
 * so a new vendor is one new file and its settings.
 */
export interface VendorAdapter {
  /** As the catalog and VENDOR write it; also the last part of its webhook's address. */
  readonly name: string;
  /** How its service is reached; null while the settings do not say. */
  access(settings: VendorsSettings): VendorAccess | null;
  create(options: VendorOptions): Vendor;
}

export interface VendorAccess {
  /** May have a path, which comes before the protocol's own. */
  baseUrl: string;
  apiKey: string;
  /** For one whole call, and for every wait while a file is read. */
  timeoutMs: number;
  /** With which the vendor may sign what it tells us, for those that do. */
  webhookSecrets?: readonly string[];
}

export interface VendorOptions extends VendorAccess {
  /** Under which name attempts remember it, if not the adapter's own. */
  name?: string | undefined;
  logger: Logger;
}
