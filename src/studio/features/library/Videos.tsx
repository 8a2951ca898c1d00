import { Link, useSearch } from "@tanstack/react-router";
import Check from "lucide-react/icons/check";
import FolderInput from "lucide-react/icons/folder-input";
import Trash2 from "lucide-react/icons/trash";
import { lazy, Suspense, useState } from "react";
import { useFormatter, useNow, useTranslations } from "use-intl";
import { StudioVideosDocument, type StudioVideosQuery } from "../../../generated/operations";
import { restartLists, usePages } from "../../app/pages";
import { useTaskName } from "../../app/task-name";
import { Button, buttonClass } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Frame } from "../../ui/Frame";
import { ListFailure } from "../../ui/ListFailure";
import { type Place, Strip, StripSkeleton } from "../../ui/Strip";
import { Projects } from "./Projects";
import styles from "./Videos.module.css";

const DeleteDialog = lazy(() => import("../../ui/DeleteVideosDialog"));
const MoveDialog = lazy(() => import("../../ui/MoveVideosDialog"));

type Video = StudioVideosQuery["videos"]["nodes"][number];

const caption = 54;
const pageSize = 30;

/** All videos, or those of a project. Several can be chosen, to move or delete them. */
export function Videos() {
  const t = useTranslations("library");
  const { project } = useSearch({ from: "/library" });
  const [chosen, setChosen] = useState<ReadonlySet<string> | null>(null);
  const [open, setOpen] = useState<"move" | "delete" | null>(null);
  const pages = usePages("videos", {
    query: StudioVideosDocument,
    variables: { first: pageSize, projectId: project ?? null },
    connection: ({ videos }) => videos,
    live: true,
  });
  const toggle = (id: string) =>
    setChosen((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const done = () => {
    setOpen(null);
    setChosen(null);
  };
  // Without those that have been deleted meanwhile.
  const ids = pages.items.flatMap(({ id }) => (chosen?.has(id) ? [id] : []));
  return (
    <>
      <div className={styles.tools}>
        <Projects chosen={project} />
        <div className={styles.select}>
          {chosen ? (
            <>
              <Button
                small
                icon={<FolderInput size={16} aria-hidden="true" />}
                blocked={ids.length === 0 ? t("chooseFirst") : null}
                onClick={() => setOpen("move")}
              >
                {t("move")}
              </Button>
              <Button
                small
                look="danger"
                icon={<Trash2 size={16} aria-hidden="true" />}
                blocked={ids.length === 0 ? t("chooseFirst") : null}
                onClick={() => setOpen("delete")}
              >
                {t("delete")}
              </Button>
              <Button small look="quiet" onClick={() => setChosen(null)}>
                {t("done")}
              </Button>
            </>
          ) : pages.items.length > 0 ? (
            <Button small look="quiet" onClick={() => setChosen(new Set())}>
              {t("choose")}
            </Button>
          ) : null}
        </div>
      </div>
      {pages.error && pages.items.length === 0 ? (
        <ListFailure pages={pages} />
      ) : pages.isLoading ? (
        <StripSkeleton captionHeight={caption} />
      ) : pages.items.length === 0 ? (
        <NoVideos isProject={project !== undefined} />
      ) : (
        <Strip
          name={`videos ${project ?? ""}`}
          items={pages.items}
          ratioOf={({ width, height }) => width / height}
          keyOf={({ id }) => id}
          captionHeight={caption}
          pages={pages}
        >
          {(video, place) => (
            <Item
              video={video}
              place={place}
              isChosen={chosen?.has(video.id)}
              onToggle={chosen ? () => toggle(video.id) : undefined}
            />
          )}
        </Strip>
      )}
      <Suspense>
        {open === "move" ? <MoveDialog videoIds={ids} onClose={() => setOpen(null)} onMoved={done} /> : null}
        {open === "delete" ? (
          <DeleteDialog
            videoIds={ids}
            onClose={() => setOpen(null)}
            onDeleted={() => {
              done();
              restartLists("videos", "tasks", "projects");
            }}
          />
        ) : null}
      </Suspense>
    </>
  );
}

interface ItemProps {
  video: Video;
  place: Place;
  isChosen: boolean | undefined;
  onToggle: (() => void) | undefined;
}

function Item({ video, place, isChosen, onToggle }: ItemProps) {
  const t = useTranslations("library");
  const format = useFormatter();
  const now = useNow();
  const prompt = useTaskName()(video.task);
  return (
    <article>
      <Frame
        still={video}
        to={{ to: "/videos/$id", params: { id: video.id } }}
        label={t("video", { prompt })}
        {...place}
      >
        {onToggle ? (
          <button
            type="button"
            className={styles.choose}
            aria-pressed={isChosen}
            aria-label={t("chooseThis", { prompt })}
            onClick={onToggle}
          >
            <span className={styles.box}>{isChosen ? <Check size={18} aria-hidden="true" /> : null}</span>
          </button>
        ) : null}
      </Frame>
      <div className={styles.caption}>
        <p>{prompt}</p>
        <p className={styles.under}>{format.relativeTime(new Date(video.createdAt), now)}</p>
      </div>
    </article>
  );
}

function NoVideos({ isProject }: { isProject: boolean }) {
  const t = useTranslations("library");
  const create = useTranslations("app");
  return (
    <Empty
      action={
        <Link to="/create" className={buttonClass({ look: "accent" })}>
          {create("create")}
        </Link>
      }
    >
      {t(isProject ? "projectEmpty" : "empty")}
    </Empty>
  );
}
