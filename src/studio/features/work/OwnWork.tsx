import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { useMutation } from "urql";
import { useTranslations } from "use-intl";
import { UnpublishWorkDocument } from "../../../generated/operations";
import { restartLists } from "../../app/pages";
import { Button, buttonClass } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import styles from "./OwnWork.module.css";
import type { ShownWork } from "./shown-work";

const EditDialog = lazy(() => import("./EditDialog"));

/** For the author: change it, take it out, or go to its video. */
export function OwnWork({ work }: { work: ShownWork }) {
  const t = useTranslations("work");
  const [isEditing, setEditing] = useState(false);
  const [{ fetching, error }, unpublish] = useMutation(UnpublishWorkDocument);
  const takeOut = async () => {
    await unpublish({ input: { workId: work.id } });
    restartLists("feed", "works");
  };
  return (
    <section className={styles.own}>
      <div className={styles.row}>
        {work.status === "PUBLISHED" ? (
          <>
            <Button onClick={() => setEditing(true)}>{t("edit")}</Button>
            <Button busy={fetching && "…"} onClick={takeOut}>
              {t("takeOut")}
            </Button>
          </>
        ) : null}
        {work.video ? (
          <Link to="/videos/$id" params={{ id: work.video.id }} className={buttonClass({})}>
            {t("toVideo")}
          </Link>
        ) : null}
      </div>
      {error ? <Failure error={error} onRetry={takeOut} /> : null}
      <Suspense>{isEditing ? <EditDialog work={work} onClose={() => setEditing(false)} /> : null}</Suspense>
    </section>
  );
}
