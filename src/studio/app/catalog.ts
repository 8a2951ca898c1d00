import { useQuery } from "urql";
import { PricesDocument, type PricesQuery } from "../../generated/operations";

export type Catalog = PricesQuery;
export type Model = Catalog["models"][number];

/** Models, prices and limits, as the server has them. Nothing of it is written down here. */
export function useCatalog() {
  const [{ data, error }, reload] = useQuery({ query: PricesDocument });
  return { catalog: data, error, reload: () => reload({ requestPolicy: "network-only" }) };
}

/** The name of a model, or its id when it is no longer offered. */
export function useModelName(id: string): string {
  const { catalog } = useCatalog();
  return catalog?.models.find((model) => model.id === id)?.name ?? id;
}

export interface Offer {
  model: string;
  durationSec: number;
  hd: boolean;
}

/** Credits for one video. Null if the model has no such offer. */
export function priceOf({ pricing }: Catalog, { model, durationSec, hd }: Offer): number | null {
  const match = pricing.generation.find(
    (price) => price.model === model && price.durationSec === durationSec && price.hd === hd,
  );
  return match?.costCredits ?? null;
}
