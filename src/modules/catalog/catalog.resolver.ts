import { Query, Resolver } from "type-graphql";
import type { Clock } from "../../platform/base/clock.js";
import { type AspectRatio, Model, Pricing } from "./catalog.graphql.js";
import type { Catalog, CatalogModel } from "./catalog.js";

/** The prices and limits that are not the catalog's own. */
export type FixedPricing = Omit<Pricing, "generation">;

@Resolver()
export class CatalogResolver {
  constructor(
    private readonly catalog: Catalog,
    private readonly clock: Clock,
    private readonly fixedPricing: FixedPricing,
    /** Whether a vendor that the catalog names is taking tasks now. */
    private readonly isVendorHealthy: (vendor: string) => boolean,
  ) {}

  @Query(() => Pricing, { description: "Public." })
  pricing(): Pricing {
    const generation = this.catalog
      .models(this.clock.now())
      .flatMap(({ id, offers }) =>
        offers.map(({ durationSec, hd, credits }) => ({ model: id, durationSec, hd, costCredits: credits })),
      );
    return { ...this.fixedPricing, generation };
  }

  @Query(() => [Model], { description: "Public." })
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
      available: vendors.some(this.isVendorHealthy),
      sunsetAt: model.sunsetAt ? new Date(model.sunsetAt) : null,
    };
  }
}
