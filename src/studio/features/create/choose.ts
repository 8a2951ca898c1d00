import type { AspectRatio } from "../../../generated/operations";
import { type Catalog, type Model, type Offer, priceOf } from "../../app/catalog";
import type { Draft } from "./draft";

export interface Choice extends Offer {
  offered: Model;
  ratio: AspectRatio;
  durations: readonly number[];
  price: number;
}

/** The draft's settings as the catalog offers them now. A value that it does not offer becomes the nearest one. */
export function choose(catalog: Catalog, draft: Draft): Choice | null {
  const offered = catalog.models.find(({ id }) => id === draft.model) ?? catalog.models[0];
  if (!offered) return null;
  const hd = draft.hd && offered.hdDurationsSec.length > 0;
  const durations = hd ? offered.hdDurationsSec : offered.durationsSec;
  const wanted = draft.durationSec ?? durations[0] ?? 0;
  const durationSec = nearest(durations, wanted);
  const ratio = offered.ratios.find((each) => each === draft.ratio) ?? landscapeFirst(offered.ratios);
  const price = priceOf(catalog, { model: offered.id, durationSec, hd });
  return price === null ? null : { offered, model: offered.id, durationSec, hd, ratio, durations, price };
}

/** The longest cheaper offer of the same model that the credits are enough for. */
export function cheaper(catalog: Catalog, choice: Choice, credits: number, count: number): Offer | null {
  const affordable = catalog.pricing.generation
    .filter(({ model, costCredits }) => model === choice.model && costCredits * count <= credits)
    .filter(({ costCredits }) => costCredits < choice.price)
    .sort((a, b) => b.costCredits - a.costCredits);
  return affordable[0] ?? null;
}

function nearest(durations: readonly number[], wanted: number): number {
  return durations.reduce(
    (best, each) => (Math.abs(each - wanted) < Math.abs(best - wanted) ? each : best),
    durations[0] ?? 0,
  );
}

function landscapeFirst(ratios: readonly AspectRatio[]): AspectRatio {
  return ratios.find((ratio) => ratio === "RATIO_16_9") ?? ratios[0] ?? "RATIO_1_1";
}
