import { useNavigate } from "@tanstack/react-router";
import RotateCcw from "lucide-react/icons/rotate-ccw";
import { useState } from "react";
import { type CombinedError, useMutation } from "urql";
import { useTranslations } from "use-intl";
import { StudioRetryTaskDocument } from "../../../generated/operations";
import { useOffline } from "../../app/connection";
import { idempotencyKeyOf } from "../../app/idempotency";
import { rememberTasks } from "../../app/live";
import { restartLists } from "../../app/pages";
import type { Task } from "../../app/task-state";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { changeDraft, draftAgain } from "./draft";
import styles from "./Ended.module.css";
import { useRetryPrice } from "./use-retry-price";

interface Props {
  task: Task;
  width: number;
  height: number;
  onRetried: (retry: Task) => void;
}

/** A task without a video: why, that the credits are back, and a way on. It keeps the frame's place. */
export function Ended({ task, width, height, onRetried }: Props) {
  const t = useTranslations("create");
  const app = useTranslations("app");
  const [{ fetching }, retryTask] = useMutation(StudioRetryTaskDocument);
  const [error, setError] = useState<CombinedError | undefined>();
  const intention = idempotencyKeyOf(`retry ${task.id}`);
  const navigate = useNavigate();
  const isOffline = useOffline();
  const paid = task.costCredits + task.remixFeeCredits;
  const price = useRetryPrice(task);
  const why = task.status === "FAILURE" ? t(whyOf(task)) : undefined;
  const isEdited = task.failure?.code === "CONTENT_POLICY" || price === null;

  const retry = async () => {
    const result = await retryTask({ input: { taskId: task.id, idempotencyKey: intention.key() } });
    intention.settle(result.error);
    setError(result.error);
    if (!result.data) return;
    rememberTasks([result.data.retryTask.task]);
    onRetried(result.data.retryTask.task);
    restartLists("tasks");
  };
  const edit = () => {
    changeDraft({ ...draftAgain(task), count: 1 });
    void navigate({ to: "/create", search: { remix: task.remixOf?.id } });
    const field = document.querySelector<HTMLTextAreaElement>("textarea[data-prompt]");
    field?.focus();
    field?.scrollIntoView({ block: "center" });
  };
  return (
    <div className={styles.ended} style={{ width, height }}>
      <h3 title={why}>{t(titleOf(task))}</h3>
      {why ? <p className={styles.why}>{why}</p> : null}
      {task.refunded ? <p className={styles.back}>{t("back", { credits: paid })}</p> : null}
      {error ? <Failure error={error} onRetry={retry} /> : null}
      <div className={styles.way}>
        <Button
          small
          icon={<RotateCcw size={15} aria-hidden="true" />}
          blocked={isEdited ? null : isOffline ? t("offline") : price === undefined ? app("loading") : null}
          busy={fetching && t("ordering")}
          onClick={isEdited ? edit : retry}
        >
          {isEdited ? t("editAndRetry") : t("retry", { price: price ?? paid })}
        </Button>
      </div>
    </div>
  );
}

function titleOf({ status, failure }: Task) {
  if (status === "CANCELED") return "canceled";
  return failure?.code === "CONTENT_POLICY" ? "refused" : "failed";
}

function whyOf({ failure }: Task) {
  return `failure.${failure?.code ?? "INTERNAL"}` as const;
}
