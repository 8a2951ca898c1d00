import type { Logger } from "pino";
import { type Catalog, loadCatalog } from "../modules/catalog/index.js";
import type { Clock } from "../platform/base/clock.js";
import type { VendorAdapter } from "../vendors/adapter.js";
import type { VendorDirectory } from "../vendors/vendor-directory.js";
import { type Config, ConfigError } from "./config.js";

/** Throws ConfigError for a file that is wrong. */
export function createCatalog(config: Config, adapters: readonly VendorAdapter[]): Catalog {
  try {
    return loadCatalog(config.MODEL_CATALOG, {
      names: adapters.map(({ name }) => name),
      modelNames: { openai: config.OPENAI_MODELS },
    });
  } catch (error) {
    throw new ConfigError([(error as Error).message]);
  }
}

/** Nothing is wrong with such a catalog, but the operator will wonder. */
export function warnOfUnmakeable(
  { catalog, vendors, clock }: { catalog: Catalog; vendors: VendorDirectory; clock: Clock },
  logger: Logger,
): void {
  const models = catalog
    .models(clock.now())
    .filter(({ offers }) => offers.every((offer) => vendors.candidatesFor(offer.vendors).length === 0))
    .map(({ id }) => id);
  if (models.length > 0) logger.warn({ models }, "no vendor that is set up here makes these models");
}
