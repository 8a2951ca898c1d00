import { afterAll, beforeAll, expect, test } from "vitest";
import {
  CancelTaskDocument,
  CreateTaskDocument,
  CreateTasksDocument,
  DownloadNoWatermarkDocument,
  WalletChangedDocument,
  WalletDocument,
  type WalletFieldsFragment,
} from "../../../src/generated/operations.js";
import { creditsMax } from "../../../src/modules/wallet/index.js";
import { newUuid, uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit, create, ended } from "../../support/tasks.js";
import { until } from "../../support/until.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product.close());

/** Every state of a wallet that a client was shown, in payloads and events. */
class Shown {
  readonly events: WalletFieldsFragment[] = [];
  readonly all: WalletFieldsFragment[] = [];
  constructor(private readonly client: Client) {}

  async open(): Promise<void> {
    void this.follow();
    await until("the wallet as it is", () => this.events.length > 0);
  }

  private async follow(): Promise<void> {
    for await (const { data } of this.client.subscribe(WalletChangedDocument, {})) {
      if (data) this.events.push(this.take(data.walletChanged));
    }
  }

  take(wallet: WalletFieldsFragment): WalletFieldsFragment {
    this.all.push(wallet);
    return wallet;
  }

  async read(): Promise<WalletFieldsFragment> {
    return this.take((await this.client.request(WalletDocument)).wallet);
  }

  /** The wallet as a client sees it that keeps the highest revision and drops the rest. */
  get newest(): WalletFieldsFragment {
    return this.all.reduce((newest, wallet) => (wallet.revision > newest.revision ? wallet : newest));
  }

  expectOneStateForEachRevision(): void {
    const states = new Map<number, WalletFieldsFragment>();
    for (const wallet of this.all) expect(wallet).toEqual(states.get(wallet.revision) ?? wallet);
    for (const wallet of this.all) states.set(wallet.revision, wallet);
    for (const wallet of this.all) expect(wallet).toEqual(states.get(wallet.revision));
  }
}

test("of eight tasks created at once while the wallet is watched, the newest revision is the server's balance", async () => {
  const ana = await product.user();
  const shown = new Shown(ana);
  await shown.open();
  await Promise.all(
    Array.from({ length: 8 }, async (_, n) => {
      const input = { prompt: "[fault:stuck] a cat", durationSec: n % 2 ? 10 : 15 };
      shown.take((await ana.request(CreateTaskDocument, { input })).createTask.wallet);
    }),
  );
  const server = { credits: 0, heldCredits: 100 };
  expect(shown.newest).toMatchObject(server);
  await until("the event of the last hold", () => shown.events.at(-1)?.revision === shown.newest.revision);
  expect(shown.newest).toMatchObject(server);
  expect(await shown.read()).toEqual(shown.newest);
  shown.expectOneStateForEachRevision();
  const revisions = shown.events.map(({ revision }) => revision);
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b));
  await ana.disconnect();
});

test("every change of any balance raises the revision, that of the held credits alone too", async () => {
  const ana = await product.user();
  const shown = new Shown(ana);
  await shown.open();
  const states = [await shown.read()];
  const step = async (change: () => Promise<unknown>) => {
    await change();
    states.push(await shown.read());
  };
  let made = "";
  await step(async () => {
    made = await create(ana);
  });
  let video = "";
  await step(async () => {
    video = (await ended(ana, made)).video!.id;
  });
  const download = { input: { videoId: video } };
  await step(async () => {
    const { downloadNoWatermark } = await ana.request(DownloadNoWatermarkDocument, download);
    expect(await shown.read()).toEqual(shown.take(downloadNoWatermark.wallet));
  });
  const batch = { tasks: [1, 2, 3].map(() => ({ prompt: "[fault:stuck] a dog" })) };
  let canceled: string[] = [];
  await step(async () => {
    const { createTasks } = await ana.request(CreateTasksDocument, { input: batch });
    canceled = createTasks.tasks.map(({ id }) => id);
    expect(await shown.read()).toEqual(shown.take(createTasks.wallet));
  });
  await step(async () => {
    const { cancelTask } = await ana.request(CancelTaskDocument, { input: { taskId: canceled[0]! } });
    expect(await shown.read()).toEqual(shown.take(cancelTask.wallet));
  });
  // All that fits: the price of the download keeps its room for a while.
  const userId = uuidFromPublicId("user", ana.userId)!;
  await step(() =>
    product.app.modules.wallet.service.grant({
      userId,
      credits: creditsMax - 90,
      reason: "all",
      key: newUuid(),
    }),
  );

  expect(states.map(({ credits, heldCredits }) => [credits, heldCredits])).toEqual([
    ...[
      [100, 0],
      [90, 10],
      [90, 0],
      [84, 0],
      [54, 30],
      [64, 20],
    ],
    [creditsMax - 26, 20],
  ]);
  // The sign-up, a hold, its settle, a download, three holds, a refund, a grant.
  expect(states.map(({ revision }) => revision)).toEqual([1, 2, 3, 4, 7, 8, 9]);
  await until("the last event", () => shown.events.at(-1)?.revision === 9);
  shown.expectOneStateForEachRevision();
  await ana.disconnect();
});

test("a call that is refused, or repeated under its key, leaves the revision as it is", async () => {
  const ana = await product.user();
  const input = { prompt: "[fault:stuck] a cat", idempotencyKey: "once" };
  const { createTask: first } = await ana.request(CreateTaskDocument, { input });
  const { createTask: again } = await ana.request(CreateTaskDocument, { input });
  expect(again.wallet).toEqual(first.wallet);
  const tooDear = { prompt: "a cat", durationSec: 25, model: "sora2-pro" };
  const refused = await ana.errorCode(CreateTasksDocument, { input: { tasks: Array(4).fill(tooDear) } });
  expect(refused).toBe("INSUFFICIENT_CREDITS");
  expect((await ana.request(WalletDocument)).wallet).toEqual(first.wallet);
});

test("at the end the audit finds nothing", async () => {
  expect(await audit(product)).toEqual([]);
});
