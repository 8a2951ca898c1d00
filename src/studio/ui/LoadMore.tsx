import { useTranslations } from "use-intl";
import type { Pages } from "../app/pages";
import { Button } from "./Button";

/** The button below a list, as long as it has more pages. */
export function LoadMore({ pages }: { pages: Pages<unknown> }) {
  const app = useTranslations("app");
  if (!pages.hasMore) return null;
  return (
    <Button busy={pages.isLoadingMore && app("loading")} onClick={pages.loadMore}>
      {app("loadMore")}
    </Button>
  );
}
