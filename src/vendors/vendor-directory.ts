import type { Vendor } from "./contract.js";

/**
 * The vendors that are configured here. The catalog names protocols ("dyuapi"). The settings decide whether
 * the real service or the sandbox serves a protocol, and each attempt stores the vendor it was made at.
 */
export class VendorDirectory {
  constructor(
    private readonly byCatalogName: ReadonlyMap<string, Vendor>,
    /** The catalog name of the vendor that comes first wherever the catalog lists it. */
    private readonly preferred?: string,
  ) {}

  mapVendors(wrap: (vendor: Vendor) => Vendor): VendorDirectory {
    const wrapped = new Map(this.all.map((vendor) => [vendor, wrap(vendor)]));
    const entries = [...this.byCatalogName].map(([name, vendor]) => [name, wrapped.get(vendor)] as const);
    return new VendorDirectory(new Map(entries as [string, Vendor][]), this.preferred);
  }

  get all(): Vendor[] {
    return [...new Set(this.byCatalogName.values())];
  }

  findByCatalogName(name: string): Vendor | null {
    return this.byCatalogName.get(name) ?? null;
  }

  /** Catalog names of the vendors that send webhooks. */
  get webhookSenders(): string[] {
    return [...this.byCatalogName].flatMap(([name, vendor]) => (vendor.parseWebhook ? [name] : []));
  }

  /** Finds the vendor of an attempt. Null if it is no longer configured. */
  findByName(name: string): Vendor | null {
    return this.all.find((vendor) => vendor.name === name) ?? null;
  }

  /**
   * The configured vendors of these orders, best first: the preferred vendor, then in the catalog's order.
   * Each vendor appears once.
   */
  candidatesFor<Order extends { vendor: string }>(
    orders: readonly Order[],
  ): { vendor: Vendor; order: Order }[] {
    const sorted = orders.toSorted((a, b) => this.rankOf(a) - this.rankOf(b));
    const candidates = new Map<Vendor, Order>();
    for (const order of sorted) {
      const vendor = this.findByCatalogName(order.vendor);
      if (vendor && !candidates.has(vendor)) candidates.set(vendor, order);
    }
    return Array.from(candidates, ([vendor, order]) => ({ vendor, order }));
  }

  private rankOf({ vendor }: { vendor: string }): number {
    return vendor === this.preferred ? 0 : 1;
  }
}
