import { expect, test } from "vitest";
import { Poller } from "../../../src/platform/jobs/poller.js";
import { until } from "../../support/until.js";

const never = 3_600_000;

test("a notification in the moment in which a poll ends triggers another poll", async () => {
  for (let gap = 0; gap < 12; gap++) {
    let notified = 0;
    let seen = 0;
    const poller = new Poller(async () => {
      await Promise.resolve();
      seen = notified;
      return false;
    }, never);
    for (const number of [1, 2]) {
      notified = number;
      poller.pollNow();
      for (let n = 0; n < gap; n++) await Promise.resolve();
    }
    await until(`polls for both notifications, ${gap} microtasks apart`, () => seen === 2);
    await poller.stop();
  }
});

test("polls never overlap, and several notifications during a poll trigger one more", async () => {
  let running = 0;
  let mostRunning = 0;
  let polls = 0;
  let endPoll = () => {};
  const poller = new Poller(async () => {
    mostRunning = Math.max(mostRunning, ++running);
    polls += 1;
    await new Promise<void>((resolve) => {
      endPoll = resolve;
    });
    running -= 1;
    return false;
  }, never);
  poller.pollNow();
  for (let n = 0; n < 5; n++) poller.pollNow();
  endPoll();
  await until("the second poll", () => polls === 2);
  endPoll();
  await poller.stop();
  expect([mostRunning, polls]).toEqual([1, 2]);
});

test("polls while there may be more work, on the interval and after a delay, but not once stopped", async () => {
  let left = 3;
  let polls = 0;
  const poller = new Poller(async () => {
    polls += 1;
    return --left > 0;
  }, 20);
  await until("three polls without a notification", () => left <= 0);
  const before = polls;
  poller.pollIn(5);
  await until("one more", () => polls > before);
  await poller.stop();
  const last = polls;
  poller.pollNow();
  poller.pollIn(0);
  expect(polls).toBe(last);
});
