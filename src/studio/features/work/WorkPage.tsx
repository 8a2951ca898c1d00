import { useParams } from "@tanstack/react-router";
import { useClient, useQuery } from "urql";
import { useFormatter, useTranslations } from "use-intl";
import { StudioWorkPageDocument } from "../../../generated/operations";
import { useModelName } from "../../app/catalog";
import { useUserId } from "../../app/viewer";
import { collectView } from "../../app/views";
import { AiLabel } from "../../ui/AiLabel";
import { EmptyPage } from "../../ui/EmptyPage";
import { ratioName } from "../../ui/format";
import { Notice } from "../../ui/Notice";
import { PageFailure } from "../../ui/PageFailure";
import { Player } from "../../ui/Player";
import { Skeleton } from "../../ui/Skeleton";
import { Split } from "../../ui/Split";
import { WaitingFilm } from "../../ui/WaitingFilm";
import { Author } from "./Author";
import { Earnings } from "./Earnings";
import { Lineage } from "./Lineage";
import { OwnWork } from "./OwnWork";
import { Prompt } from "./Prompt";
import { Reactions } from "./Reactions";
import { Remix } from "./Remix";
import { Remixes } from "./Remixes";
import type { ShownWork } from "./shown-work";
import { Tip } from "./Tip";
import { useLiveWork } from "./use-live-work";
import styles from "./WorkPage.module.css";

/** A work: the film, its author, and what a viewer can do about it. Its counts are live. */
export function WorkPage() {
  const { id } = useParams({ from: "/works/$id" });
  return <Page key={id} id={id} />;
}

/** Of one work: a link to another one begins anew, so that nothing entered or paid for here goes with it. */
function Page({ id }: { id: string }) {
  const t = useTranslations("work");
  const [{ data, error, stale }, reload] = useQuery({
    query: StudioWorkPageDocument,
    variables: { id },
    requestPolicy: "cache-and-network",
  });
  useLiveWork(id);
  if (data?.work) return <Shown work={data.work} />;
  if (error && !data) return <PageFailure title={t("work")} error={error} onRetry={reload} />;
  if (!data || stale) return <Waiting id={id} />;
  return <EmptyPage title={t("gone")} to="/" link={t("toFeed")} />;
}

function Shown({ work }: { work: ShownWork }) {
  const t = useTranslations("work");
  const format = useFormatter();
  const client = useClient();
  const viewerId = useUserId();
  const isOwn = work.author.id === viewerId;
  const modelName = useModelName(work.model);
  const facts = [
    modelName,
    t("seconds", { seconds: work.durationSec }),
    ratioName(work.ratio),
    format.dateTime(new Date(work.publishedAt), "day"),
    t("views", { count: work.viewCount }),
    ...(work.shareCount > 0 ? [t("shares", { count: work.shareCount })] : []),
    ...(work.tipCount > 0 ? [t("tips", { count: work.tipCount })] : []),
  ];
  const watched = () => {
    if (viewerId !== null && !isOwn) collectView(client, work.id);
  };
  return (
    <Split
      main={
        <>
          <Player video={work} title={work.title} onWatched={watched} />
          <AiLabel label={work.aiLabel} />
        </>
      }
      about={
        <>
          {work.description ? <p className={styles.description}>{work.description}</p> : null}
          <ul className={styles.facts}>
            {facts.map((fact) => (
              <li key={fact}>{fact}</li>
            ))}
          </ul>
        </>
      }
      head={
        <>
          {work.removal ? <Notice>{t("removed", { reason: work.removal.reason })}</Notice> : null}
          {work.status === "UNPUBLISHED" ? <Notice calm>{t("unpublished")}</Notice> : null}
          <h1 className={styles.title}>{work.title}</h1>
          <Author work={work} isOwn={isOwn} />
          <Reactions work={work} isOwn={isOwn} />
        </>
      }
      side={
        <>
          {isOwn ? <OwnWork work={work} /> : null}
          <Prompt work={work} />
          {work.status === "PUBLISHED" ? <Remix work={work} viewerId={viewerId} /> : null}
          {isOwn ? <Earnings work={work} /> : <Tip work={work} />}
          <Lineage work={work} />
        </>
      }
      below={<Remixes work={work} />}
    />
  );
}

function Waiting({ id }: { id: string }) {
  const t = useTranslations("work");
  return (
    <Split
      main={<WaitingFilm id={id} />}
      side={
        <>
          <h1 className={styles.title}>{t("work")}</h1>
          <Skeleton style={{ height: 40 }} />
          <Skeleton style={{ height: 44 }} />
          <Skeleton style={{ height: 180 }} />
        </>
      }
    />
  );
}
