import type { Vendor } from "./contract.js";

/**
 * The vendors that this installation has. The catalogue names protocols ("dyuapi"); who speaks one,
 * the real service or the sandbox, is a matter of settings, and attempts remember who it was.
 */
export class VendorDirectory {
  constructor(private readonly byCatalogName: ReadonlyMap<string, Vendor>) {}

  /** The same vendors, each as `wrap` makes it. */
  wrapped(wrap: (vendor: Vendor) => Vendor): VendorDirectory {
    const wrappings = new Map(this.all.map((vendor) => [vendor, wrap(vendor)]));
    const entries = [...this.byCatalogName].map(([name, vendor]) => [name, wrappings.get(vendor)] as const);
    return new VendorDirectory(new Map(entries as [string, Vendor][]));
  }

  get all(): Vendor[] {
    return [...new Set(this.byCatalogName.values())];
  }

  forCatalogName(name: string): Vendor | null {
    return this.byCatalogName.get(name) ?? null;
  }

  /** The vendor that an attempt was made at; null if the settings no longer have it. */
  named(name: string): Vendor | null {
    return this.all.find((vendor) => vendor.name === name) ?? null;
  }
}
