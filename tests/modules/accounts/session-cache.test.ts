import { expect, test } from "vitest";
import { sessionEnded } from "../../../src/modules/accounts/accounts.topics.js";
import { SessionCache } from "../../../src/modules/accounts/session-cache.js";
import { systemClock } from "../../../src/platform/base/clock.js";
import { LocalBus } from "../../support/local-bus.js";

interface Read {
  ids: readonly string[];
  answer(live: string[]): void;
  fail(): void;
}

/** Session states whose reads are answered by the test. */
function statesOver(reads: Read[]) {
  const bus = new LocalBus();
  const states = new SessionCache(
    bus,
    systemClock,
    (ids) =>
      new Promise((answer, reject) => {
        reads.push({ ids, answer, fail: () => reject(new Error("the database is away")) });
      }),
  );
  return { bus, states };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("who asks for a session while it is being read shares the read", async () => {
  const reads: Read[] = [];
  const { states } = statesOver(reads);
  const first = states.isLive("a");
  await nextTurn();
  const later = [states.isLive("a"), states.isLive("a")];
  await nextTurn();
  expect(reads.map(({ ids }) => ids)).toEqual([["a"]]);
  reads[0]?.answer(["a"]);
  expect(await Promise.all([first, ...later])).toEqual([true, true, true]);
});

test("a read that failed is no answer for whoever asks next", async () => {
  const reads: Read[] = [];
  const { states } = statesOver(reads);
  const failing = states.isLive("a");
  await nextTurn();
  reads[0]?.fail();
  await expect(failing).rejects.toThrow("the database is away");
  const next = states.isLive("a");
  await nextTurn();
  reads[1]?.answer(["a"]);
  expect(await next).toBe(true);
});

test("an end that is told during a shared read is believed before what was read", async () => {
  const reads: Read[] = [];
  const { bus, states } = statesOver(reads);
  const asked = [states.isLive("a"), states.isLive("a")];
  await nextTurn();
  bus.publish(sessionEnded, { sessionId: "a" });
  reads[0]?.answer(["a"]);
  expect(await Promise.all(asked)).toEqual([false, false]);
  expect(states.isLive("a")).toBe(false);
});
