import { Link, useNavigate } from "@tanstack/react-router";
import FolderInput from "lucide-react/icons/folder-input";
import RotateCcw from "lucide-react/icons/rotate-ccw";
import Share2 from "lucide-react/icons/share-2";
import Trash2 from "lucide-react/icons/trash";
import { lazy, Suspense, useState } from "react";
import { useTranslations } from "use-intl";
import { restartLists } from "../../app/pages";
import { Button, buttonClass } from "../../ui/Button";
import styles from "./Actions.module.css";
import type { OwnVideo } from "./own-video";

const DeleteDialog = lazy(() => import("../../ui/DeleteVideosDialog"));
const MoveDialog = lazy(() => import("../../ui/MoveVideosDialog"));
const PublishDialog = lazy(() => import("./PublishDialog"));

type Open = "publish" | "move" | "delete" | null;

/** Publish, make again, move and delete. */
export function Actions({ video }: { video: OwnVideo }) {
  const t = useTranslations("video");
  const navigate = useNavigate();
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const { work } = video;
  return (
    <div className={styles.actions}>
      {work?.status === "PUBLISHED" ? (
        <Link to="/works/$id" params={{ id: work.id }} className={buttonClass({})}>
          <Share2 size={16} aria-hidden="true" />
          {t("toWork")}
        </Link>
      ) : (
        <Button
          icon={<Share2 size={16} aria-hidden="true" />}
          blocked={work?.status === "REMOVED" ? t("removed") : null}
          onClick={() => setOpen("publish")}
        >
          {t("publish")}
        </Button>
      )}
      <Link to="/create" search={{ from: video.task.id }} className={buttonClass({})}>
        <RotateCcw size={16} aria-hidden="true" />
        {t("makeAgain")}
      </Link>
      <Button icon={<FolderInput size={16} aria-hidden="true" />} onClick={() => setOpen("move")}>
        {t("move")}
      </Button>
      <Button look="danger" icon={<Trash2 size={16} aria-hidden="true" />} onClick={() => setOpen("delete")}>
        {t("delete")}
      </Button>
      <Suspense>
        {open === "publish" ? <PublishDialog video={video} onClose={close} /> : null}
        {open === "move" ? <MoveDialog videoIds={[video.id]} onClose={close} onMoved={close} /> : null}
        {open === "delete" ? (
          <DeleteDialog
            videoIds={[video.id]}
            onClose={close}
            onDeleted={() => {
              restartLists("videos", "tasks");
              void navigate({ to: "/library", replace: true });
            }}
          />
        ) : null}
      </Suspense>
    </div>
  );
}
