import { useQuery } from "urql";
import { StudioRemixSourceDocument } from "../../../generated/operations";
import { priceOf, useCatalog } from "../../app/catalog";
import { remixFee } from "../../app/remix-fee";
import type { Task } from "../../app/task-state";
import { useUserId } from "../../app/viewer";

/**
 * The credits that another try costs, at the prices and the fee of now. Undefined until they are there. Null if the
 * model or the source is no longer offered, so that the order has to be changed first.
 */
export function useRetryPrice(task: Task): number | null | undefined {
  const viewerId = useUserId();
  const { catalog, error: catalogError } = useCatalog();
  const sourceId = task.remixOf?.id;
  const [{ data, error: sourceError }] = useQuery({
    query: StudioRemixSourceDocument,
    variables: { id: sourceId ?? "" },
    requestPolicy: "cache-and-network",
    pause: sourceId === undefined,
  });
  if (!catalog) return catalogError ? null : undefined;
  const price = priceOf(catalog, task);
  if (price === null) return null;
  // A remix whose source is gone cannot be made again.
  if (sourceId === undefined) return task.remixFeeCredits > 0 ? null : price;
  if (!data) return sourceError && !sourceError.networkError ? null : undefined;
  return data.work?.remixable ? price + remixFee(data.work, viewerId) : null;
}
