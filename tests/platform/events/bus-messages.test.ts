import { expect, test } from "vitest";
import { walletChanged } from "../../../src/modules/wallet/index.js";
import { BatchingBus } from "../../../src/platform/events/batching-bus.js";
import { createLogger } from "../../../src/platform/observability/logger.js";
import { until } from "../../support/until.js";

const logger = await createLogger({ level: "silent", pretty: false });

/** Sends its texts nowhere, and keeps them. */
class KeptTexts extends BatchingBus {
  readonly texts: string[] = [];

  constructor() {
    super(logger, 500);
  }

  async listen(): Promise<void> {}

  protected async send(text: string): Promise<void> {
    this.texts.push(text);
  }

  protected async disconnect(): Promise<void> {}

  /** The users in the texts, in their order. */
  get users(): string[] {
    return this.texts.flatMap((text) =>
      (JSON.parse(text) as { events: { event: { userId: string } }[] }).events.map(
        ({ event }) => event.userId,
      ),
    );
  }
}

const name = (n: number) => `user ${n}`;
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("a silent sender sends at once, a few times; a stream is gathered", async () => {
  const bus = new KeptTexts();
  const names = Array.from({ length: 40 }, (_, n) => name(n));
  for (const userId of names) {
    bus.publish(walletChanged, { userId });
    await nextTurn();
  }
  await until("all of them", () => bus.users.length === names.length);
  expect(bus.users).toEqual(names);
  expect(bus.texts.length).toBeGreaterThanOrEqual(5);
  expect(bus.texts.length).toBeLessThan(names.length / 2);
  await bus.close();
});

test("however many full texts have gone, the next event waits no longer than after one", async () => {
  const bus = new KeptTexts();
  const many = Array.from({ length: 5_000 }, (_, n) => ({ userId: name(n) }));
  bus.publish(walletChanged, ...many);
  // The last of their texts is not full: it would wait for ten milliseconds times all those before it.
  await until("the many", () => bus.users.length === many.length);
  expect(bus.texts.length).toBeGreaterThan(500);
  bus.publish(walletChanged, { userId: "the last" });
  await until("the last", () => bus.users.at(-1) === "the last");
  await bus.close();
});

test("closing sends the waiting messages, and gathers no more", async () => {
  const bus = new KeptTexts();
  for (let n = 0; n < 20; n++) {
    bus.publish(walletChanged, { userId: name(n) });
    await nextTurn();
  }
  await bus.close();
  expect(bus.users).toHaveLength(20);
});
