import { expect, test } from "vitest";
import { LatestValueQueue } from "../../../src/platform/live/latest-value-queue.js";
import { toPullSource } from "../../../src/platform/live/pull-source.js";

test("a queue is pulled from directly, without a promise for each event", () => {
  const queue = new LatestValueQueue(undefined, () => {});
  expect(toPullSource(queue)).toBe(queue);
});

test("any other iterable is asked for its next event only when one is pulled", async () => {
  let pulled = 0;
  async function* numbers() {
    for (; pulled < 3; pulled += 1) yield pulled;
  }
  const source = toPullSource(numbers());
  expect(pulled).toBe(0);
  const arrived = Promise.withResolvers<void>();
  source.onEvent(arrived.resolve);
  expect(source.shift()).toBeNull();
  await arrived.promise;
  expect(source.shift()).toEqual({ done: false, value: 0 });
});

test("an iterable that fails throws when the failed event is pulled", async () => {
  const failing = { next: () => Promise.reject(new Error("broken")) };
  const source = toPullSource({ [Symbol.asyncIterator]: () => failing });
  const arrived = Promise.withResolvers<void>();
  source.onEvent(arrived.resolve);
  source.shift();
  await arrived.promise;
  expect(() => source.shift()).toThrow("broken");
});
