import { useTranslations } from "use-intl";
import { fileUrl } from "../../app/root";
import { useTaskName } from "../../app/task-name";
import type { Task } from "../../app/task-state";
import styles from "./Progress.module.css";

/** The frame develops from left to right, over its reference image if it has one. */
export function Progress({ task, width, height }: { task: Task; width: number; height: number }) {
  const t = useTranslations("create");
  const name = useTaskName()(task);
  const isWaiting = task.status !== "IN_PROGRESS";
  return (
    <div className={styles.frame} style={{ width, height }} data-image={task.referenceImage ? "" : undefined}>
      {task.referenceImage ? (
        <img className={styles.image} src={fileUrl(task.referenceImage.thumbnailUrl)} alt="" />
      ) : null}
      <span className={styles.developed} style={{ transform: `scaleX(${task.progress / 100})` }} />
      <p className={styles.prompt}>{name}</p>
      {isWaiting ? null : (
        <p className={styles.percent} aria-hidden="true">
          {task.progress}
          <small> %</small>
        </p>
      )}
      <span
        className={styles.line}
        role="progressbar"
        aria-label={t("progressOf", { prompt: name })}
        aria-valuenow={task.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuetext={isWaiting ? t(`status.${task.status as "QUEUED"}`) : `${task.progress} %`}
      >
        <span style={{ transform: `scaleX(${task.progress / 100})` }} />
      </span>
    </div>
  );
}
