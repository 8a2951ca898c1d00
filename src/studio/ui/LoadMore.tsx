import { useTranslations } from "use-intl";
import type { Pages } from "../app/pages";
import { Button } from "./Button";
import { ListFailure } from "./ListFailure";

/** The button below a list, as long as it has more pages, or why the next one is not there. */
export function LoadMore({ pages }: { pages: Pages<unknown> }) {
  const app = useTranslations("app");
  if (!pages.hasMore) return <ListFailure pages={pages} />;
  return (
    <Button busy={pages.isLoadingMore && app("loading")} onClick={pages.loadMore}>
      {app("loadMore")}
    </Button>
  );
}
