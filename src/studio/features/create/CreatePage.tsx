import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useClient } from "urql";
import { useTranslations } from "use-intl";
import { StudioTaskDocument, type StudioTaskFragment } from "../../../generated/operations";
import { useUserId } from "../../app/viewer";
import { buttonClass } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Composer } from "./Composer";
import styles from "./CreatePage.module.css";
import { changeDraft, draftAgain } from "./draft";
import { useRemixSource } from "./remix-source";
import { TaskLists } from "./TaskLists";

/** The composer, and what is being made. */
export function CreatePage() {
  const t = useTranslations("create");
  const isVisitor = useUserId() === null;
  const search = useSearch({ from: "/create" });
  useSettingsOf(search.from, isVisitor);
  const remix = useRemixSource(search.remix);
  const [created, setCreated] = useState<StudioTaskFragment[]>([]);
  return (
    <div className={styles.page}>
      <section className={styles.composer}>
        <h1 className={styles.title}>{t("title")}</h1>
        <Composer
          remix={remix}
          onCreated={(tasks) => {
            setCreated((all) => [...tasks, ...all]);
            showTasks();
          }}
        />
      </section>
      <section id="tasks" className={styles.tasks} aria-label={t("tasks")}>
        {isVisitor ? (
          <Invitation />
        ) : (
          <TaskLists created={created} onCreated={(task) => setCreated((all) => [task, ...all])} />
        )}
      </section>
    </div>
  );
}

/** Where the page is one column, what was ordered is below the composer. */
function showTasks(): void {
  if (matchMedia("(width < 960px)").matches)
    requestAnimationFrame(() => document.getElementById("tasks")?.scrollIntoView({ block: "start" }));
}

/** `?from=`: the composer takes over the prompt and the settings of an earlier task, once. */
function useSettingsOf(taskId: string | undefined, isVisitor: boolean): void {
  const client = useClient();
  const navigate = useNavigate();
  useEffect(() => {
    if (!taskId || isVisitor) return;
    void client
      .query(StudioTaskDocument, { id: taskId })
      .toPromise()
      .then(({ data }) => {
        if (data?.task) changeDraft(draftAgain(data.task));
        void navigate({ to: "/create", search: { remix: data?.task?.remixOf?.id }, replace: true });
      });
  }, [client, navigate, taskId, isVisitor]);
}

function Invitation() {
  const t = useTranslations("create");
  const app = useTranslations("app");
  return (
    <Empty
      action={
        <Link to="/login" search={{ to: "/create" }} className={buttonClass({})}>
          {app("logIn")}
        </Link>
      }
    >
      {t("invite")}
    </Empty>
  );
}
