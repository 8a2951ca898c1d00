import { expect, test } from "vitest";
import { SubscriberMap } from "../../../src/platform/live/latest-value-queue.js";

test("a version is marked as seen only while no older state of it waits to be sent", () => {
  const queue = new SubscriberMap<{ version: number }>().open("user");
  queue.push("task", 3, { version: 3 });
  queue.markSeen("task", 5);
  queue.push("task", 5, { version: 5 });
  expect(queue.shift()).toEqual({ done: false, value: { version: 5 } });
  expect(queue.shift()).toBeNull();
  queue.markSeen("task", 7);
  queue.push("task", 7, { version: 7 });
  expect(queue.shift()).toBeNull();
});
