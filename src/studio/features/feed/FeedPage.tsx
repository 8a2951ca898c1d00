import { Link, useSearch } from "@tanstack/react-router";
import Users from "lucide-react/icons/users";
import { lazy, Suspense } from "react";
import { useTranslations } from "use-intl";
import { type FeedKind, StudioFeedDocument } from "../../../generated/operations";
import { feedPageSize } from "../../app/early";
import { restartLists, usePages } from "../../app/pages";
import { useUserId } from "../../app/viewer";
import { buttonClass } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { ListFailure } from "../../ui/ListFailure";
import { StripSkeleton } from "../../ui/Strip";
import { WorkStrip, workCaption } from "../../ui/WorkFrame";
import styles from "./FeedPage.module.css";

const Creators = lazy(() => import("./Creators"));

const feeds = ["discover", "hot", "following"] as const;

/** The first page: what others made. */
export function FeedPage() {
  const { feed = "discover" } = useSearch({ from: "/" });
  const t = useTranslations("feed");
  return (
    <>
      <nav className={styles.head} aria-label={t("feeds")}>
        {feeds.map((name) => (
          <Tab key={name} name={name} isCurrent={feed === name} />
        ))}
        <Tab name="creators" isCurrent={feed === "creators"} />
      </nav>
      {feed === "creators" ? (
        <Suspense>
          <Creators />
        </Suspense>
      ) : (
        <Feed key={feed} name={feed} />
      )}
    </>
  );
}

type TabName = (typeof feeds)[number] | "creators";

/** The chosen one is the page's heading. Choosing it again begins the feed again. */
function Tab({ name, isCurrent }: { name: TabName; isCurrent: boolean }) {
  const t = useTranslations("feed");
  const link = (
    <Link
      to="/"
      search={{ feed: name === "discover" ? undefined : name }}
      activeOptions={{ explicitUndefined: true }}
      className={styles.tab}
      data-aside={name === "creators" || undefined}
      onClick={() => {
        if (isCurrent) restartLists("feed");
      }}
    >
      {name === "creators" ? <Users size={18} aria-hidden="true" /> : null}
      <span>{t(name)}</span>
    </Link>
  );
  return isCurrent ? <h1 className={styles.heading}>{link}</h1> : link;
}

function Feed({ name }: { name: (typeof feeds)[number] }) {
  const isVisitor = useUserId() === null;
  const isClosed = name === "following" && isVisitor;
  const pages = usePages("feed", {
    query: StudioFeedDocument,
    variables: { kind: name.toUpperCase() as FeedKind, first: feedPageSize },
    connection: ({ feed }) => feed,
    pause: isClosed,
  });
  if (isClosed) return <EmptyFeed name={name} isVisitor />;
  if (pages.error && pages.items.length === 0) return <ListFailure pages={pages} />;
  if (pages.isLoading) return <StripSkeleton captionHeight={workCaption} />;
  if (pages.items.length === 0) return <EmptyFeed name={name} isVisitor={isVisitor} />;
  return <WorkStrip name={`feed ${name}`} pages={pages} />;
}

function EmptyFeed({ name, isVisitor }: { name: (typeof feeds)[number]; isVisitor: boolean }) {
  const t = useTranslations("feed");
  const app = useTranslations("app");
  if (name === "following" && isVisitor)
    return (
      <Empty
        action={
          <Link to="/login" search={{ to: "/?feed=following" }} className={buttonClass({ look: "accent" })}>
            {app("logIn")}
          </Link>
        }
      >
        {t("followingVisitor")}
      </Empty>
    );
  if (name === "following")
    return (
      <Empty
        action={
          <Link to="/" search={{ feed: "creators" }} className={buttonClass({})}>
            {t("findPeople")}
          </Link>
        }
      >
        {t("followingEmpty")}
      </Empty>
    );
  return (
    <Empty
      action={
        <Link to="/create" className={buttonClass({ look: "accent" })}>
          {t("makeOne")}
        </Link>
      }
    >
      {t(name === "hot" ? "emptyHot" : "empty")}
    </Empty>
  );
}
