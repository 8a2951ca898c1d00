import { useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import type { StudioTaskFragment } from "../../generated/operations";
import { onTaskChange } from "./live";
import { notify } from "./notifications";
import { useTaskName } from "./task-name";
import { isRunning } from "./task-state";

type Task = StudioTaskFragment;
type Event = "begun" | "made" | "canceled" | "failed";

const recentMs = 30_000;

/** Says aloud that a video has been begun and how it ended, and shows it as a notification if the page is not seen. */
export function TaskNews() {
  const t = useTranslations("news");
  const nameOf = useTaskName();
  const [said, say] = useState("");
  const events = useRef(new Map<string, Event>());
  const hear = (task: Task) => {
    const event = eventOf(task);
    const isNews = events.current.get(task.id) !== event && !isOldEnd(task, events.current.has(task.id));
    events.current.set(task.id, event);
    if (!isNews) return;
    const text = t(event, {
      name: nameOf(task),
      credits: task.refunded ? task.costCredits + task.remixFeeCredits : 0,
    });
    say(text);
    if (event !== "begun") notify({ id: task.id, text });
  };
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => onTaskChange((task) => latest.current(task)), []);
  return (
    <div role="status" className="visually-hidden">
      {said}
    </div>
  );
}

/** The first that this page hears of a task may be another change, long after its end. */
function isOldEnd({ finishedAt }: Task, wasHeard: boolean): boolean {
  return !wasHeard && Boolean(finishedAt) && Date.now() - Date.parse(finishedAt as string) > recentMs;
}

function eventOf(task: Task): Event {
  if (isRunning(task)) return "begun";
  if (task.status === "SUCCESS") return "made";
  return task.status === "CANCELED" ? "canceled" : "failed";
}
