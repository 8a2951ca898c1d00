import { useState } from "react";
import { type CombinedError, useMutation } from "urql";
import { useFormatter, useNow, useTranslations } from "use-intl";
import { CancelTaskDocument } from "../../../generated/operations";
import { useTaskName } from "../../app/task-name";
import { canCancel, isRunning, type Task } from "../../app/task-state";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { Frame } from "../../ui/Frame";
import { duration } from "../../ui/format";
import { Ended } from "./Ended";
import { Progress } from "./Progress";
import styles from "./TaskFrame.module.css";

export const taskCaption = 54;

interface Props {
  task: Task;
  width: number;
  height: number;
  onRetried: (retry: Task) => void;
}

/** A task in the shape that its video will have: developing, finished, or ended without a video. */
export function TaskFrame({ task, width, height, onRetried }: Props) {
  const t = useTranslations("create");
  const name = useTaskName()(task);
  if (task.video)
    return (
      <article>
        <Frame
          still={task.video}
          to={{ to: "/videos/$id", params: { id: task.video.id } }}
          label={t("video", { prompt: name })}
          width={width}
          height={height}
        />
        <FinishedCaption name={name} createdAt={task.createdAt} />
      </article>
    );
  if (isRunning(task)) return <Running task={task} width={width} height={height} />;
  return (
    <article>
      <Ended task={task} width={width} height={height} onRetried={onRetried} />
      <div className={styles.caption}>
        <p className={styles.title}>{name}</p>
      </div>
    </article>
  );
}

function FinishedCaption({ name, createdAt }: { name: string; createdAt: string }) {
  const format = useFormatter();
  const now = useNow({ updateInterval: 30_000 });
  return (
    <div className={styles.caption}>
      <p className={styles.title}>{name}</p>
      <p className={styles.under}>{format.relativeTime(new Date(createdAt), now)}</p>
    </div>
  );
}

function Running({ task, width, height }: { task: Task; width: number; height: number }) {
  const t = useTranslations("create");
  const [{ fetching }, cancel] = useMutation(CancelTaskDocument);
  const [error, setError] = useState<CombinedError | undefined>();
  const stop = async () => setError((await cancel({ input: { taskId: task.id } })).error);
  return (
    <article>
      <Progress task={task} width={width} height={height} />
      <div className={styles.caption}>
        <div className={styles.state}>
          <p className={styles.title}>{t(`status.${task.status as "QUEUED"}`)}</p>
          {task.status === "IN_PROGRESS" ? <Remaining finishAt={task.estimatedFinishAt} /> : null}
        </div>
        {canCancel(task) ? (
          <Button look="quiet" small busy={fetching && t("canceling")} onClick={stop}>
            {t("cancel")}
          </Button>
        ) : null}
        {error ? <Failure error={error} onRetry={stop} /> : null}
      </div>
    </article>
  );
}

/** An estimate. It says nothing once it has passed. */
function Remaining({ finishAt }: { finishAt?: string | null }) {
  const t = useTranslations("create");
  const now = useNow({ updateInterval: 1_000 });
  const seconds = finishAt ? (Date.parse(finishAt) - now.getTime()) / 1000 : 0;
  if (seconds < 1) return null;
  return <p className={styles.under}>{t("remaining", { time: duration(seconds) })}</p>;
}
