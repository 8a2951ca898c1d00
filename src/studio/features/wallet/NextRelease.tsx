import { useEffect } from "react";
import { useTranslations } from "use-intl";
import { PendingIncomesDocument } from "../../../generated/operations";
import { usePages } from "../../app/pages";
import { Skeleton } from "../../ui/Skeleton";
import { nextRelease } from "./income-days";

/** The largest page that the server gives. */
const pageSize = 100;
/** Beyond this many it is left out. */
const incomesMax = 1_000;

/** When the next coins become free, and how many. The list has the newest first, so it is read to its end. */
export function NextRelease() {
  const t = useTranslations("income");
  const { items, isLoading, isLoadingMore, hasMore, error, loadMore } = usePages("incomes", {
    query: PendingIncomesDocument,
    variables: { first: pageSize },
    connection: ({ wallet }) => wallet.incomes,
  });
  const goesOn = hasMore && items.length < incomesMax;
  useEffect(() => {
    if (goesOn) loadMore();
  }, [goesOn, loadMore]);
  if (isLoading || isLoadingMore || goesOn) return <Skeleton style={{ height: "1.5em" }} />;
  if (error || hasMore) return null;
  const next = nextRelease(items);
  return <p>{next ? t("next", next) : t("noneFrozen")}</p>;
}
