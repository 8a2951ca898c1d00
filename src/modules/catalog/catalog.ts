import { z } from "zod";
import { InvalidOffer, ModelNotFound, TextToVideoOnly } from "./catalog.errors.js";

export const ratios = ["RATIO_9_16", "RATIO_16_9", "RATIO_1_1"] as const;
export type Ratio = (typeof ratios)[number];

const ratio = z.enum(ratios);
/** In pixels, width by height. */
const size = z.string().regex(/^\d{2,5}x\d{2,5}$/);

const catalogFile = z.strictObject({
  /** The `size` that vendors receive, in pixels. */
  sizes: z.record(ratio, size),
  models: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
        name: z.string().min(1).max(100),
        ratios: z.array(ratio).min(1),
        imageToVideo: z.boolean(),
        sunsetAt: z.iso.datetime().optional(),
        offers: z
          .array(
            z.strictObject({
              durationSec: z.number().int().min(1).max(600),
              hd: z.boolean(),
              credits: z.number().int().min(1).max(1_000_000),
              /** In order of preference. */
              vendors: z
                .array(
                  z.strictObject({
                    vendor: z.string().min(1),
                    /** The vendor's model name for each ratio. Ratios that the vendor does not support are absent. */
                    models: z.partialRecord(ratio, z.string().min(1)),
                    /** Sizes that differ from the default for this vendor. */
                    sizes: z.partialRecord(ratio, size).optional(),
                  }),
                )
                .min(1),
            }),
          )
          .min(1),
      }),
    )
    .min(1),
});

export type CatalogFile = z.infer<typeof catalogFile>;
export type CatalogModel = CatalogFile["models"][number];
export type Offer = CatalogModel["offers"][number];

/** A requested video. */
export interface Order {
  model: string;
  durationSec: number;
  ratio: Ratio;
  hd: boolean;
  withImage: boolean;
}

/** An order in the terms of one vendor. */
export interface VendorOrder {
  vendor: string;
  vendorModel: string;
  size: string;
}

export interface CatalogVendors {
  /** Valid vendor names, including vendors without credentials. */
  names: readonly string[];
  /** Replacements for the file's model names, by vendor. */
  modelNames?: Readonly<Record<string, Readonly<Record<string, string>> | undefined>>;
}

/** Models, their prices, and their vendors' parameters. Read once at startup. */
export class Catalog {
  private constructor(
    private readonly file: CatalogFile,
    private readonly modelNames: CatalogVendors["modelNames"] = {},
  ) {}

  /** Throws an Error that lists the problems of the file. */
  static parse(json: unknown, { names, modelNames }: CatalogVendors): Catalog {
    const parsed = catalogFile.safeParse(json);
    if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
    for (const model of parsed.data.models) checkModel(model, names);
    return new Catalog(parsed.data, modelNames);
  }

  /** Models without those past their sunset. */
  models(now: Date): CatalogModel[] {
    return this.file.models.filter((model) => !model.sunsetAt || new Date(model.sunsetAt) > now);
  }

  /** Price in credits. Throws ModelNotFound, InvalidOffer and TextToVideoOnly. */
  getPrice(order: Order, now: Date): number {
    const model = this.models(now).find(({ id }) => id === order.model);
    if (!model) throw new ModelNotFound(order.model.slice(0, 64));
    const offer = findOffer(model, order);
    if (!offer) throw explainMissingOffer(model, order.hd);
    if (!model.ratios.includes(order.ratio)) throw new InvalidOffer("ratio", model.ratios.join(", "));
    if (order.withImage && !model.imageToVideo) throw new TextToVideoOnly();
    return offer.credits;
  }

  /** Vendors that can make this order, best first. Includes sunset models, because tasks created before must finish. */
  vendorsFor(order: Omit<Order, "withImage">): VendorOrder[] {
    const model = this.file.models.find(({ id }) => id === order.model);
    const offer = model && findOffer(model, order);
    return (offer?.vendors ?? []).flatMap(({ vendor, models, sizes }) => {
      const listed = models[order.ratio];
      if (!listed) return [];
      const vendorModel = this.modelNames?.[vendor]?.[listed] ?? listed;
      return [{ vendor, vendorModel, size: sizes?.[order.ratio] ?? this.file.sizes[order.ratio] }];
    });
  }
}

function findOffer(model: CatalogModel, order: { durationSec: number; hd: boolean }): Offer | undefined {
  return model.offers.find(({ durationSec, hd }) => durationSec === order.durationSec && hd === order.hd);
}

function explainMissingOffer(model: CatalogModel, hd: boolean): InvalidOffer {
  const offers = model.offers.filter((offer) => offer.hd === hd);
  if (offers.length === 0) return new InvalidOffer("hd", String(!hd));
  return new InvalidOffer("durationSec", offers.map(({ durationSec }) => durationSec).join(", "));
}

function checkModel(model: CatalogModel, vendorNames: readonly string[]): void {
  const seen = new Set<string>();
  for (const offer of model.offers) {
    const name = `${offer.durationSec} s${offer.hd ? " hd" : ""}`;
    if (seen.has(name)) throw new Error(`model ${model.id} offers ${name} twice`);
    seen.add(name);
    const unknown = offer.vendors.find(({ vendor }) => !vendorNames.includes(vendor));
    if (unknown)
      throw new Error(
        `model ${model.id} at ${name}: "${unknown.vendor}" is not a vendor; vendors are ${vendorNames.join(", ")}`,
      );
    const missing = model.ratios.find((r) => offer.vendors.every(({ models }) => !models[r]));
    if (missing) throw new Error(`model ${model.id} at ${name}: no vendor makes ${missing}`);
  }
}
