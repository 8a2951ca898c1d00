import { Query, Resolver } from "type-graphql";
import type { Clock } from "../../platform/base/clock.js";
import { type AspectRatio, Model, Pricing } from "./catalog.graphql.js";
import type { Catalog, CatalogModel } from "./catalog.js";

/** Prices and limits that do not come from the catalog. */
export type FixedPricing = Omit<Pricing, "generation">;

@Resolver()
export class CatalogResolver {
  constructor(
    private readonly catalog: Catalog,
    private readonly clock: Clock,
    private readonly fixedPricing: FixedPricing,
    /** True if this vendor of the catalog accepts tasks now. */
    private readonly isVendorAvailable: (vendor: string) => boolean,
  ) {}

  @Query(() => Pricing, { description: "Prices and limits. Public." })
  pricing(): Pricing {
    const generation = this.catalog
      .models(this.clock.now())
      .flatMap(({ id, offers }) =>
        offers.map(({ durationSec, hd, credits }) => ({ model: id, durationSec, hd, costCredits: credits })),
      );
    return { ...this.fixedPricing, generation };
  }

  @Query(() => [Model], { description: "Models on offer. Public." })
  models(): Model[] {
    return this.catalog.models(this.clock.now()).map((model) => this.toModel(model));
  }

  private toModel(model: CatalogModel): Model {
    const durations = (hd: boolean) => model.offers.filter((o) => o.hd === hd).map((o) => o.durationSec);
    const vendors = model.offers.flatMap((offer) => offer.vendors.map(({ vendor }) => vendor));
    return {
      id: model.id,
      name: model.name,
      durationsSec: durations(false),
      hdDurationsSec: durations(true),
      ratios: model.ratios as AspectRatio[],
      imageToVideo: model.imageToVideo,
      available: vendors.some(this.isVendorAvailable),
      sunsetAt: model.sunsetAt ? new Date(model.sunsetAt) : null,
    };
  }
}
