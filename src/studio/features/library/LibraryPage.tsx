import { Link, useSearch } from "@tanstack/react-router";
import { useTranslations } from "use-intl";
import { useUserId } from "../../app/viewer";
import { LogInFirst } from "../../ui/LogInFirst";
import { PageHead } from "../../ui/PageHead";
import { UnlockedPrompts } from "./UnlockedPrompts";
import { Videos } from "./Videos";
import { Favorites, Works } from "./Works";

const tabs = ["videos", "works", "favorites", "prompts"] as const;

/** Videos, works, favorites and prompts of the viewer. */
export function LibraryPage() {
  const t = useTranslations("library");
  const { tab = "videos" } = useSearch({ from: "/library" });
  const isVisitor = useUserId() === null;
  if (isVisitor) return <LogInFirst title={t("title")} />;
  return (
    <>
      <PageHead title={t("title")}>
        {tabs.map((name) => (
          <Link
            key={name}
            to="/library"
            search={{ tab: name === "videos" ? undefined : name }}
            activeOptions={{ explicitUndefined: true }}
          >
            {t(name)}
          </Link>
        ))}
      </PageHead>
      {tab === "videos" ? <Videos /> : null}
      {tab === "works" ? <Works /> : null}
      {tab === "favorites" ? <Favorites /> : null}
      {tab === "prompts" ? <UnlockedPrompts /> : null}
    </>
  );
}
