import { expect, test } from "vitest";
import { sessionEnded } from "../../../src/modules/accounts/accounts.topics.js";
import { SessionCache } from "../../../src/modules/accounts/session-cache.js";
import { systemClock } from "../../../src/platform/base/clock.js";
import { LocalBus } from "../../support/local-bus.js";

interface Read {
  ids: readonly string[];
  resolve(live: string[]): void;
  fail(): void;
}

/** A session cache whose reads the test resolves. */
function createCache(reads: Read[]) {
  const bus = new LocalBus();
  const cache = new SessionCache(
    bus,
    systemClock,
    (ids) =>
      new Promise((resolve, reject) => {
        reads.push({
          ids,
          resolve: (live) => resolve(live.map((id) => ({ id }))),
          fail: () => reject(new Error("the database is unavailable")),
        });
      }),
  );
  return { bus, cache };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("concurrent checks of a session share one read", async () => {
  const reads: Read[] = [];
  const { cache } = createCache(reads);
  const first = cache.isLive("a");
  await nextTurn();
  const later = [cache.isLive("a"), cache.isLive("a")];
  await nextTurn();
  expect(reads.map(({ ids }) => ids)).toEqual([["a"]]);
  reads[0]?.resolve(["a"]);
  expect(await Promise.all([first, ...later])).toEqual([true, true, true]);
});

test("a failed read is not cached", async () => {
  const reads: Read[] = [];
  const { cache } = createCache(reads);
  const failing = cache.isLive("a");
  await nextTurn();
  reads[0]?.fail();
  await expect(failing).rejects.toThrow("the database is unavailable");
  const next = cache.isLive("a");
  await nextTurn();
  reads[1]?.resolve(["a"]);
  expect(await next).toBe(true);
});

test("a session that ends during a read is not live, whatever the read returns", async () => {
  const reads: Read[] = [];
  const { bus, cache } = createCache(reads);
  const results = [cache.isLive("a"), cache.isLive("a")];
  await nextTurn();
  bus.publish(sessionEnded, { sessionId: "a" });
  reads[0]?.resolve(["a"]);
  expect(await Promise.all(results)).toEqual([false, false]);
  expect(cache.isLive("a")).toBe(false);
});
