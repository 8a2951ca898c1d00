import { readFileSync } from "node:fs";
import { Catalog, type CatalogVendors } from "./catalog.js";
import shipped from "./catalogs/default.json" with { type: "json" };

/** Reads the catalog at `path`, or the built-in one. Throws an Error that describes the problem. */
export function loadCatalog(path: string | undefined, vendors: CatalogVendors): Catalog {
  if (!path) return Catalog.parse(shipped, vendors);
  try {
    return Catalog.parse(JSON.parse(readFileSync(path, "utf8")), vendors);
  } catch (error) {
    throw new Error(`MODEL_CATALOG: ${(error as Error).message}`);
  }
}
