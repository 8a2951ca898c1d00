import { useState } from "react";
import { type CombinedError, useMutation } from "urql";
import {
  StudioCreateTasksDocument,
  StudioRemixWorkDocument,
  type StudioTaskFragment,
} from "../../../generated/operations";
import { idempotencyKeyOf } from "../../app/idempotency";
import { rememberTasks } from "../../app/live";
import { restartLists } from "../../app/pages";
import { refusalOf } from "../../app/refusal";
import type { Choice } from "./choose";
import type { Draft } from "./draft";
import type { Source } from "./remix-source";

interface Order {
  choice: Choice;
  draft: Draft;
  words: string;
  source: Source | null;
  /** For a remix, with its fee. */
  priceOfEach: number;
}

interface Outcome {
  onCreated: (tasks: StudioTaskFragment[]) => void;
  onPriceChanged: () => void;
}

/** Orders videos at the price that is shown, or one remix. One key stands for one intention, so no order is paid twice. */
export function usePlaceOrder({ onCreated, onPriceChanged }: Outcome) {
  const [created, createTasks] = useMutation(StudioCreateTasksDocument);
  const [remixed, remixWork] = useMutation(StudioRemixWorkDocument);
  const [error, setError] = useState<CombinedError | null>(null);
  const intention = idempotencyKeyOf("order");

  const place = async ({ choice, draft, words, source, priceOfEach }: Order) => {
    setError(null);
    const { model, durationSec, hd, ratio } = choice;
    const task = {
      prompt: words,
      projectId: draft.projectId,
      referenceImageId: draft.image?.id ?? null,
      maxCostCredits: priceOfEach,
      ...{ model, durationSec, hd, ratio },
    };
    const idempotencyKey = intention.key();
    const result = source
      ? await remixWork({ input: { ...task, workId: source.id, idempotencyKey } })
      : await createTasks({
          input: { tasks: Array.from({ length: draft.count }, () => task), idempotencyKey },
        });
    intention.settle(result.error);
    if (result.data) {
      const tasks = "remixWork" in result.data ? [result.data.remixWork.task] : result.data.createTasks.tasks;
      rememberTasks(tasks);
      onCreated(tasks);
      restartLists("tasks");
    } else if (result.error) {
      setError(result.error);
      if (isOutdated(result.error)) onPriceChanged();
    }
  };
  return { place, isBusy: created.fetching || remixed.fetching, error };
}

/** The page shows a price, or a work, that has changed meanwhile. */
function isOutdated(error: CombinedError): boolean {
  const { code, reason } = refusalOf(error);
  return reason === "PRICE_CHANGED" || reason === "NOT_REMIXABLE" || code === "NOT_FOUND";
}
