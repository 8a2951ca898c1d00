import { Link, useParams } from "@tanstack/react-router";
import { useQuery } from "urql";
import { useFormatter, useTranslations } from "use-intl";
import { StudioVideoPageDocument } from "../../../generated/operations";
import { useModelName } from "../../app/catalog";
import { useTaskName } from "../../app/task-name";
import { useUserId } from "../../app/viewer";
import { AiLabel } from "../../ui/AiLabel";
import { EmptyPage } from "../../ui/EmptyPage";
import { ratioName } from "../../ui/format";
import { LogInFirst } from "../../ui/LogInFirst";
import { PageFailure } from "../../ui/PageFailure";
import { Player } from "../../ui/Player";
import { Skeleton } from "../../ui/Skeleton";
import { Split } from "../../ui/Split";
import { WaitingFilm } from "../../ui/WaitingFilm";
import { Actions } from "./Actions";
import { Download } from "./Download";
import type { OwnVideo } from "./own-video";
import styles from "./VideoPage.module.css";

/** One of the viewer's own videos: the player, what it was made with, what it cost, and what can be done with it. */
export function VideoPage() {
  const { id } = useParams({ from: "/videos/$id" });
  return <Page key={id} id={id} />;
}

/** Of one video: a link to another one begins anew. */
function Page({ id }: { id: string }) {
  const t = useTranslations("video");
  const isVisitor = useUserId() === null;
  const [{ data, error }, reload] = useQuery({
    query: StudioVideoPageDocument,
    variables: { id },
    requestPolicy: "cache-and-network",
    pause: isVisitor,
  });
  if (isVisitor) return <LogInFirst title={t("title")} />;
  if (error && !data) return <PageFailure title={t("title")} error={error} onRetry={reload} />;
  if (!data) return <Waiting id={id} />;
  if (!data.video) return <EmptyPage title={t("gone")} to="/library" link={t("toLibrary")} />;
  return <Shown video={data.video} />;
}

function Shown({ video }: { video: OwnVideo }) {
  const t = useTranslations("video");
  const format = useFormatter();
  const { task } = video;
  const name = useTaskName()(task);
  const modelName = useModelName(task.model);
  return (
    <Split
      main={
        <>
          <Player video={video} title={name} />
          <AiLabel label={video.aiLabel} />
        </>
      }
      side={
        <>
          <h1 className={styles.prompt}>{name}</h1>
          <Download video={video} />
          <Actions video={video} />
          <dl className={styles.facts}>
            <dt>{t("model")}</dt>
            <dd>{modelName}</dd>
            <dt>{t("settings")}</dt>
            <dd>
              {t("seconds", { seconds: video.durationSec })} · {ratioName(video.ratio)}
              {task.hd ? " · HD" : ""}
            </dd>
            <dt>{t("size")}</dt>
            <dd>
              {video.width} × {video.height}
            </dd>
            <dt>{t("madeAt")}</dt>
            <dd>{format.dateTime(new Date(video.createdAt), "moment")}</dd>
            {task.remixOf ? (
              <>
                <dt>{t("madeFrom")}</dt>
                <dd>
                  <Link to="/works/$id" params={{ id: task.remixOf.id }} className={styles.link}>
                    {task.remixOf.title}
                  </Link>
                </dd>
              </>
            ) : null}
            {video.project ? (
              <>
                <dt>{t("project")}</dt>
                <dd>
                  <Link to="/library" search={{ project: video.project.id }} className={styles.link}>
                    {video.project.name}
                  </Link>
                </dd>
              </>
            ) : null}
            <dt>{t("downloads")}</dt>
            <dd>{video.downloadCount}</dd>
          </dl>
          <Entries entries={task.entries} />
        </>
      }
    />
  );
}

/** The costs of the video, as in the statement. */
function Entries({ entries }: { entries: OwnVideo["task"]["entries"] }) {
  const t = useTranslations("video");
  const types = useTranslations("entry");
  const format = useFormatter();
  return (
    <section>
      <h2 className={styles.heading}>{t("entries")}</h2>
      <ul className={styles.entries}>
        {entries.map((entry) => (
          <li key={entry.id}>
            <span>{types(entry.type)}</span>
            <time dateTime={entry.createdAt}>{format.dateTime(new Date(entry.createdAt), "moment")}</time>
            <strong data-in={!entry.amount.startsWith("-") || undefined}>{signed(entry.amount)}</strong>
          </li>
        ))}
      </ul>
    </section>
  );
}

function signed(amount: string): string {
  return amount.startsWith("-") ? amount.replace("-", "−") : `+${amount}`;
}

function Waiting({ id }: { id: string }) {
  const t = useTranslations("video");
  return (
    <Split
      main={<WaitingFilm id={id} />}
      side={
        <>
          <h1 className={styles.prompt}>{t("title")}</h1>
          <Skeleton style={{ height: 48 }} />
          <Skeleton style={{ height: 260 }} />
        </>
      }
    />
  );
}
