import type { Module, ModuleContext } from "../module.js";
import type { Catalog } from "./catalog.js";
import { CatalogResolver, type FixedPricing } from "./catalog.resolver.js";

interface CatalogModuleDependencies {
  catalog: Catalog;
  pricing: FixedPricing;
  /** True if this vendor of the catalog accepts tasks now. */
  isVendorAvailable(vendor: string): boolean;
}

export function createCatalogModule(
  { clock }: ModuleContext,
  { catalog, pricing, isVendorAvailable }: CatalogModuleDependencies,
) {
  return {
    resolvers: [new CatalogResolver(catalog, clock, pricing, isVendorAvailable)],
  } satisfies Module;
}
