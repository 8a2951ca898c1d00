import { Link } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import {
  type StudioCardFragment,
  StudioFavoritesDocument,
  StudioMyWorksDocument,
} from "../../../generated/operations";
import { type Pages, usePages } from "../../app/pages";
import { buttonClass } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { ListFailure } from "../../ui/ListFailure";
import { StripSkeleton } from "../../ui/Strip";
import { WorkStrip, workCaption } from "../../ui/WorkFrame";

const pageSize = 24;

export function Works() {
  const t = useTranslations("library");
  const pages = usePages("works", {
    query: StudioMyWorksDocument,
    variables: { first: pageSize },
    connection: ({ myWorks }) => myWorks,
  });
  return <List name="works" pages={pages} empty={t("worksEmpty")} />;
}

export function Favorites() {
  const t = useTranslations("library");
  const pages = usePages("favorites", {
    query: StudioFavoritesDocument,
    variables: { first: pageSize },
    connection: ({ favorites }) => favorites,
  });
  return <List name="favorites" pages={pages} empty={t("favoritesEmpty")} />;
}

function List({ name, pages, empty }: { name: string; pages: Pages<StudioCardFragment>; empty: string }) {
  const t = useTranslations("app");
  if (pages.error && pages.items.length === 0) return <ListFailure pages={pages} />;
  if (pages.isLoading) return <StripSkeleton captionHeight={workCaption} />;
  if (pages.items.length === 0)
    return (
      <Empty
        action={
          <Link to="/" className={buttonClass({})}>
            {t("discover")}
          </Link>
        }
      >
        {empty}
      </Empty>
    );
  return <WorkStrip name={name} pages={pages} />;
}
