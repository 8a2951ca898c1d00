import { expect, test } from "vitest";
import { Authenticator, sessionEnded } from "../../../src/modules/accounts/authenticator.js";
import { AccessTokens } from "../../../src/modules/accounts/tokens.js";
import { systemClock as clock } from "../../../src/platform/base/clock.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import { LocalBus } from "../../support/local-bus.js";

interface Read {
  ids: readonly string[];
  resolve(live: string[]): void;
  fail(): void;
}

/** An authenticator whose reads of sessions the test resolves. */
function createAuthenticator(reads: Read[]) {
  const bus = new LocalBus();
  const authenticator = new Authenticator({
    accessTokens: new AccessTokens(new Keyring(["the secret of the authenticator's tests"]), clock),
    events: bus,
    clock,
    findLive: (ids) =>
      new Promise((resolve, reject) => {
        reads.push({
          ids,
          resolve: (live) => resolve(live.map((id) => ({ id }))),
          fail: () => reject(new Error("the database is unavailable")),
        });
      }),
  });
  return { bus, authenticator };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("concurrent checks of a session share one read", async () => {
  const reads: Read[] = [];
  const { authenticator } = createAuthenticator(reads);
  const first = authenticator.isLive("a");
  await nextTurn();
  const later = [authenticator.isLive("a"), authenticator.isLive("a")];
  await nextTurn();
  expect(reads.map(({ ids }) => ids)).toEqual([["a"]]);
  reads[0]?.resolve(["a"]);
  expect(await Promise.all([first, ...later])).toEqual([true, true, true]);
});

test("a failed read is not cached", async () => {
  const reads: Read[] = [];
  const { authenticator } = createAuthenticator(reads);
  const failing = authenticator.isLive("a");
  await nextTurn();
  reads[0]?.fail();
  await expect(failing).rejects.toThrow("the database is unavailable");
  const next = authenticator.isLive("a");
  await nextTurn();
  reads[1]?.resolve(["a"]);
  expect(await next).toBe(true);
});

test("a session that ends during a read is not live, whatever the read returns", async () => {
  const reads: Read[] = [];
  const { bus, authenticator } = createAuthenticator(reads);
  const results = [authenticator.isLive("a"), authenticator.isLive("a")];
  await nextTurn();
  bus.publish(sessionEnded, { sessionId: "a" });
  reads[0]?.resolve(["a"]);
  expect(await Promise.all(results)).toEqual([false, false]);
  expect(authenticator.isLive("a")).toBe(false);
});
