import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import { callersMax, RateLimit } from "../../src/api/http/rate-limit.js";
import { RateLimited } from "../../src/platform/base/common-errors.js";

const shared = new Map<string, number>();
const counter = {
  async add(caller: string, points: number) {
    const total = (shared.get(caller) ?? 0) + points;
    shared.set(caller, total);
    return { total, msLeft: 60_000 };
  },
};

let limit: RateLimit;
beforeEach(() => {
  shared.clear();
  limit = new RateLimit({ requestsPerMinute: 80, counter, logger: pino({ level: "silent" }) });
});

async function takeEach(callers: number, prefix: string): Promise<void> {
  for (let n = 0; n < callers; n += 1) await limit.take(`${prefix}${n}`);
}

test("the evicted caller is the least recently seen, and its unshared requests go to the shared count", async () => {
  // A block is two requests, so one request is not shared yet.
  await limit.take("first");
  await limit.take("second");
  await takeEach(callersMax - 2, "other");
  await limit.take("first");
  expect([...shared]).toEqual([["first", 2]]);
  await limit.take("new");
  expect([...shared]).toEqual([
    ["first", 2],
    ["second", 1],
  ]);
});

test("a caller that comes back after its eviction is limited by the shared count", async () => {
  for (let n = 0; n < 79; n += 1) await limit.take("busy");
  await takeEach(callersMax, "other");
  expect(shared.get("busy")).toBe(79);
  await limit.take("busy");
  await expect(limit.take("busy")).rejects.toThrow(RateLimited);
});
