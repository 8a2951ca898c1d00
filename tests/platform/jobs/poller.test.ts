import { expect, test } from "vitest";
import { Poller } from "../../../src/platform/jobs/poller.js";
import { until } from "../../support/until.js";

const never = 3_600_000;

test("what is told in the very moment in which a look ends causes another", async () => {
  for (let gap = 0; gap < 12; gap++) {
    let told = 0;
    let seen = 0;
    const looks = new Poller(async () => {
      await Promise.resolve();
      seen = told;
      return false;
    }, never);
    for (const number of [1, 2]) {
      told = number;
      looks.pollNow();
      for (let n = 0; n < gap; n++) await Promise.resolve();
    }
    await until(`a look at both, after ${gap}`, () => seen === 2);
    await looks.stop();
  }
});

test("there is one look at a time, and what is told during one is looked at once", async () => {
  let under = 0;
  let most = 0;
  let count = 0;
  let end = () => {};
  const looks = new Poller(async () => {
    most = Math.max(most, ++under);
    count += 1;
    await new Promise<void>((resolve) => {
      end = resolve;
    });
    under -= 1;
    return false;
  }, never);
  looks.pollNow();
  for (let n = 0; n < 5; n++) looks.pollNow();
  end();
  await until("the second", () => count === 2);
  end();
  await looks.stop();
  expect([most, count]).toEqual([1, 2]);
});

test("it looks again while there may be more, by itself, after a delay, and no more once it is stopped", async () => {
  let left = 3;
  let count = 0;
  const looks = new Poller(async () => {
    count += 1;
    return --left > 0;
  }, 20);
  await until("all three by itself", () => left <= 0);
  const before = count;
  looks.pollIn(5);
  await until("one more", () => count > before);
  await looks.stop();
  const last = count;
  looks.pollNow();
  looks.pollIn(0);
  expect(count).toBe(last);
});
