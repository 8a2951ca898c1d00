import { bulkhead } from "cockatiel";

/** Runs `work` for each item, at most `count` at a time. After a failure it waits for the others, then throws the first. */
export async function concurrently<T>(
  items: readonly T[],
  count: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const slots = bulkhead(count, Number.POSITIVE_INFINITY);
  const results = await Promise.allSettled(items.map((item) => slots.execute(() => work(item))));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
