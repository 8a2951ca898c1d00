import { useTranslations } from "use-intl";
import { useCatalog } from "../../app/catalog";
import type { Task } from "../../app/task-state";
import { Empty } from "../../ui/Empty";
import { ratioValue } from "../../ui/format";
import { ListFailure } from "../../ui/ListFailure";
import { Strip, StripSkeleton } from "../../ui/Strip";
import { NotificationOffer } from "./NotificationOffer";
import type { Place } from "./split";
import { TaskFrame, taskCaption } from "./TaskFrame";
import styles from "./TaskLists.module.css";
import { useTaskLists } from "./use-task-lists";

/** Rows beside the composer are lower than those of a whole page. */
const scale = 0.86;

interface Props {
  created: readonly Task[];
  onCreated: (task: Task) => void;
}

/** Tasks that run, and tasks that have ended. */
export function TaskLists({ created, onCreated }: Props) {
  const t = useTranslations("create");
  const lists = useTaskLists(created);
  const max = useCatalog().catalog?.pricing.maxConcurrentTasks;
  const { making, earlier, replace } = lists;
  const show = ({ task }: Place, { width, height }: { width: number; height: number }) => (
    <TaskFrame
      task={task}
      width={width}
      height={height}
      onRetried={(retry) => {
        onCreated(retry);
        replace(task.id, retry.id);
      }}
    />
  );
  const strip = { keyOf: ({ key }: Place) => key, captionHeight: taskCaption, scale };
  const ratioOf = ({ task }: Place) => ratioValue(task.ratio);
  if (lists.isLoading && created.length === 0)
    return <StripSkeleton captionHeight={taskCaption} scale={scale} />;
  if (lists.error && lists.items.length === 0) return <ListFailure pages={lists} />;
  if (making.length + earlier.length === 0) return <Empty>{t("empty")}</Empty>;
  return (
    <div className={styles.lists}>
      {making.length > 0 ? (
        <section>
          <div className={styles.head}>
            <h2>{t("making")}</h2>
            {max ? <span>{t("running", { count: lists.runningCount, max })}</span> : null}
          </div>
          <Strip name="making" items={making} ratioOf={ratioOf} {...strip}>
            {show}
          </Strip>
          <NotificationOffer />
        </section>
      ) : null}
      {earlier.length === 0 ? <ListFailure pages={lists} /> : null}
      {earlier.length > 0 ? (
        <section>
          <div className={styles.head}>
            <h2>{t("earlier")}</h2>
          </div>
          <Strip name="earlier" items={earlier} ratioOf={ratioOf} pages={lists} {...strip}>
            {show}
          </Strip>
        </section>
      ) : null}
    </div>
  );
}
