import { expect, onTestFinished, test, vi } from "vitest";
import type { EventBus } from "../../../src/platform/events/event-bus.js";
import { startResync } from "../../../src/platform/live/live-rows.js";

test("each id is due once in three seconds, and all are when the bus reconnects", () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let reconnect = () => {};
  const bus: Pick<EventBus, "onReconnect"> = {
    onReconnect: (listener) => {
      reconnect = listener;
      return () => {};
    },
  };
  const ids = [..."0123456789abcdef"].map((digit) => `01a22162-7c58-75c7-a3dd-3349dde1baf${digit}`);
  let due: string[] = [];
  const stop = startResync(bus, (isDue) => due.push(...ids.filter(isDue)));
  for (let round = 0; round < 2; round += 1) {
    vi.advanceTimersByTime(3_000);
    expect(due).toEqual(ids);
    due = [];
  }
  reconnect();
  expect(due).toEqual(ids);
  stop();
  vi.advanceTimersByTime(6_000);
  expect(due).toEqual(ids);
});
