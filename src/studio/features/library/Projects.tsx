import { Link, useNavigate } from "@tanstack/react-router";
import FolderPlus from "lucide-react/icons/folder-plus";
import Pencil from "lucide-react/icons/pencil";
import { lazy, Suspense, useState } from "react";
import { useTranslations } from "use-intl";
import { ProjectsDocument } from "../../../generated/operations";
import { usePages } from "../../app/pages";
import { Button } from "../../ui/Button";
import styles from "./Projects.module.css";

const ProjectDialog = lazy(() => import("./ProjectDialog"));

/** Projects as chips: all videos, or those of one. */
export function Projects({ chosen }: { chosen: string | undefined }) {
  const t = useTranslations("library");
  const navigate = useNavigate();
  const [editing, setEditing] = useState<"new" | "chosen" | null>(null);
  const { items } = usePages("projects", {
    query: ProjectsDocument,
    variables: { first: 100 },
    connection: ({ projects }) => projects,
  });
  const project = items.find(({ id }) => id === chosen);
  const show = (id: string | undefined) => {
    setEditing(null);
    void navigate({ to: "/library", search: { project: id } });
  };
  return (
    <nav className={styles.chips} aria-label={t("projects")}>
      {items.length > 0 ? (
        <Link
          to="/library"
          search={{ project: undefined }}
          activeOptions={{ explicitUndefined: true }}
          className={styles.chip}
        >
          {t("all")}
        </Link>
      ) : null}
      {items.map(({ id, name, videoCount }) => (
        <Link key={id} to="/library" search={{ project: id }} className={styles.chip}>
          {name}
          <span>{videoCount}</span>
        </Link>
      ))}
      {project ? (
        <Button small look="quiet" aria-label={t("editProject")} onClick={() => setEditing("chosen")}>
          <Pencil size={16} aria-hidden="true" />
        </Button>
      ) : null}
      <Button
        small
        look="quiet"
        icon={<FolderPlus size={16} aria-hidden="true" />}
        onClick={() => setEditing("new")}
      >
        {t("newProject")}
      </Button>
      <Suspense>
        {editing ? (
          <ProjectDialog
            project={editing === "chosen" ? project : undefined}
            onClose={() => setEditing(null)}
            onSaved={show}
            onDeleted={() => show(undefined)}
          />
        ) : null}
      </Suspense>
    </nav>
  );
}
