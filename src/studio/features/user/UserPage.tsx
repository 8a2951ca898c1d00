import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useMutation, useQuery } from "urql";
import { useFormatter, useTranslations } from "use-intl";
import {
  BlockDocument,
  StudioUserDocument,
  type StudioUserQuery,
  StudioUserWorksDocument,
  UnblockDocument,
} from "../../../generated/operations";
import { restartLists, usePages } from "../../app/pages";
import { useUserId } from "../../app/viewer";
import { Avatar } from "../../ui/Avatar";
import { Button, buttonClass } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { EmptyPage } from "../../ui/EmptyPage";
import { Failure } from "../../ui/Failure";
import { FollowButton } from "../../ui/FollowButton";
import { ListFailure } from "../../ui/ListFailure";
import { PageFailure } from "../../ui/PageFailure";
import { Skeleton } from "../../ui/Skeleton";
import { StripSkeleton } from "../../ui/Strip";
import { WorkStrip, workCaption } from "../../ui/WorkFrame";
import styles from "./UserPage.module.css";

const ReportDialog = lazy(() => import("../../ui/ReportDialog"));

type User = NonNullable<StudioUserQuery["user"]>;

const pageSize = 24;

/** A person: their works, their numbers, and whether one follows them. */
export function UserPage() {
  const { id } = useParams({ from: "/users/$id" });
  return <Page key={id} id={id} />;
}

/** Of one person: a link to another one begins anew. */
function Page({ id }: { id: string }) {
  const t = useTranslations("social");
  const [{ data, error, stale }, reload] = useQuery({
    query: StudioUserDocument,
    variables: { id },
    requestPolicy: "cache-and-network",
  });
  if (data?.user) return <Shown user={data.user} />;
  if (error && !data) return <PageFailure title={t("user")} error={error} onRetry={reload} />;
  if (!data || stale)
    return (
      <>
        <h1 className={styles.waiting}>{t("user")}</h1>
        <Skeleton style={{ height: 120, marginBottom: 32 }} />
        <StripSkeleton captionHeight={workCaption} />
      </>
    );
  return <EmptyPage title={t("gone")} to="/" link={t("toFeed")} />;
}

function Shown({ user }: { user: User }) {
  const t = useTranslations("social");
  const viewerId = useUserId();
  const isSelf = viewerId === user.id;
  return (
    <>
      <div className={styles.head}>
        <Avatar person={user} size={88} />
        <div className={styles.names}>
          <h1>{user.nickname}</h1>
          {user.followsViewer ? <p className={styles.follows}>{t("followsYou")}</p> : null}
          {user.bio ? <p className={styles.bio}>{user.bio}</p> : null}
          <Numbers stats={user.stats} />
        </div>
        <div className={styles.tools}>
          {isSelf ? (
            <Link to="/me" className={buttonClass({})}>
              {t("editProfile")}
            </Link>
          ) : (
            <Tools user={user} isVisitor={viewerId === null} />
          )}
        </div>
      </div>
      {user.viewerBlocks ? <Empty>{t("blocked")}</Empty> : <Works user={user} />}
    </>
  );
}

function Numbers({ stats }: { stats: User["stats"] }) {
  const t = useTranslations("social");
  const format = useFormatter();
  const shown = ["followers", "following", "likesReceived", "worksPublished", "tippedCredits"] as const;
  return (
    <dl className={styles.numbers}>
      {shown.map((name) => (
        <div key={name}>
          <dt>{t(`stats.${name}`, { count: stats[name] })}</dt>
          <dd>{format.number(stats[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

function Tools({ user, isVisitor }: { user: User; isVisitor: boolean }) {
  const t = useTranslations("social");
  const [blocked, block] = useMutation(BlockDocument);
  const [unblocked, unblock] = useMutation(UnblockDocument);
  const [isReporting, setReporting] = useState(false);
  const error = blocked.error ?? unblocked.error;
  const toggle = async () => {
    await (user.viewerBlocks ? unblock : block)({ input: { userId: user.id } });
    restartLists("feed", "user works", "blocked", "favorites");
  };
  return (
    <>
      {user.viewerBlocks ? null : <FollowButton userId={user.id} isFollowed={user.viewerFollows} />}
      {isVisitor ? null : (
        <>
          <Button small look="quiet" onClick={toggle}>
            {t(user.viewerBlocks ? "unblock" : "block")}
          </Button>
          <Button small look="quiet" onClick={() => setReporting(true)}>
            {t("report")}
          </Button>
        </>
      )}
      {error ? <Failure error={error} onRetry={toggle} /> : null}
      <Suspense>
        {isReporting ? <ReportDialog subjectId={user.id} onClose={() => setReporting(false)} /> : null}
      </Suspense>
    </>
  );
}

function Works({ user }: { user: User }) {
  const t = useTranslations("social");
  const pages = usePages("user works", {
    query: StudioUserWorksDocument,
    variables: { id: user.id, first: pageSize },
    connection: ({ user }) => user?.works,
  });
  if (pages.error && pages.items.length === 0) return <ListFailure pages={pages} />;
  if (pages.isLoading) return <StripSkeleton captionHeight={workCaption} />;
  if (pages.items.length === 0) return <Empty>{t("noWorks")}</Empty>;
  return <WorkStrip name={`user ${user.id}`} pages={pages} />;
}
