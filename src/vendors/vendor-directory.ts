import type { Vendor } from "./contract.js";

/**
 * The vendors that this installation has. The catalog names protocols ("dyuapi"); who speaks one,
 * the real service or the sandbox, is a matter of settings, and attempts remember who it was.
 */
export class VendorDirectory {
  constructor(
    private readonly byCatalogName: ReadonlyMap<string, Vendor>,
    /** The catalog's name of the one that goes first wherever the catalog has it. */
    private readonly preferred?: string,
  ) {}

  /** The same vendors, each as `wrap` makes it. */
  wrapped(wrap: (vendor: Vendor) => Vendor): VendorDirectory {
    const wrappings = new Map(this.all.map((vendor) => [vendor, wrap(vendor)]));
    const entries = [...this.byCatalogName].map(([name, vendor]) => [name, wrappings.get(vendor)] as const);
    return new VendorDirectory(new Map(entries as [string, Vendor][]), this.preferred);
  }

  get all(): Vendor[] {
    return [...new Set(this.byCatalogName.values())];
  }

  forCatalogName(name: string): Vendor | null {
    return this.byCatalogName.get(name) ?? null;
  }

  /** The catalog's names of those that tell us things by webhook. */
  get callers(): string[] {
    return [...this.byCatalogName].flatMap(([name, vendor]) => (vendor.parseWebhook ? [name] : []));
  }

  /** The vendor that an attempt was made at; null if the settings no longer have it. */
  named(name: string): Vendor | null {
    return this.all.find((vendor) => vendor.name === name) ?? null;
  }

  /**
   * Who can be given one of these orders, best first: the catalog's order, but for a preferred
   * vendor. One that is not set up here is passed over, and each comes once.
   */
  candidatesFor<Order extends { vendor: string }>(
    orders: readonly Order[],
  ): { vendor: Vendor; order: Order }[] {
    const inOrder = orders.toSorted((a, b) => this.rankOf(a) - this.rankOf(b));
    const takers = new Map<Vendor, Order>();
    for (const order of inOrder) {
      const vendor = this.forCatalogName(order.vendor);
      if (vendor && !takers.has(vendor)) takers.set(vendor, order);
    }
    return Array.from(takers, ([vendor, order]) => ({ vendor, order }));
  }

  private rankOf({ vendor }: { vendor: string }): number {
    return vendor === this.preferred ? 0 : 1;
  }
}
