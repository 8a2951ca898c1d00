import { setTimeout as sleep } from "node:timers/promises";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import {
  CancelTaskDocument,
  CreateTaskDocument,
  CreateTasksDocument,
  DownloadNoWatermarkDocument,
  FeedDocument,
  PublishWorkDocument,
  RemixWorkDocument,
  TaskStatusDocument,
  TasksDocument,
  TipWorkDocument,
  UnlockPromptDocument,
  WalletDocument,
} from "../../src/generated/operations.js";
import type { ApiResult } from "../support/client.js";
import { fixedCode } from "../support/product.js";
import { until } from "../support/until.js";
import { upload } from "../support/upload.js";
import type { Environment } from "./environment.js";
import type { SeededRandom } from "./seeded-random.js";
import { vendorFates } from "./vendor-fates.js";

/** A call with an idempotency key. It is retried until there is a response, and must have happened once. */
export interface KeyedCall {
  key: string;
  /** The ids in the response; null while there was none; empty if it was an error. */
  answer: string[] | null;
  send(): Promise<string[] | null>;
}

export interface Watch {
  taskId: string;
  lastSeen: string | null;
  connections: number;
}

const refusals = new Set([
  ...[
    "BAD_USER_INPUT",
    "NOT_FOUND",
    "CONFLICT",
    "INSUFFICIENT_CREDITS",
    "QUOTA_EXCEEDED",
    "VENDOR_UNAVAILABLE",
  ],
]);

/** A user who creates, watches, cancels, buys and deletes, and retries calls that got no response. */
export class User {
  userId = "";
  token: string | null = null;
  readonly orders: KeyedCall[] = [];
  readonly purchases: KeyedCall[] = [];
  readonly tips: KeyedCall[] = [];
  readonly unlocks: KeyedCall[] = [];
  readonly watches: Watch[] = [];
  readonly codes = new Map<string, number>();
  private readonly watching: Promise<void>[] = [];
  private calls = 0;
  /** Chooses the server. It is separate, because the choice depends on which servers are running. */
  private readonly routes: SeededRandom;

  constructor(
    readonly name: string,
    private readonly phone: string,
    private readonly environment: Environment,
    private readonly random: SeededRandom,
    /** Between two calls. */
    private readonly thinkMs: [number, number],
  ) {
    this.routes = random.fork();
  }

  async logIn(): Promise<void> {
    const client = this.environment.clientFor(null, this.routes);
    if (!client) throw new Error("no server");
    await client.logIn(this.phone, fixedCode);
    this.token = client.token;
    this.userId = client.userId;
  }

  /** Publishes a first work, so that the others have something to pay for from the start. */
  async publishFirstWork(): Promise<void> {
    const videoId = await until("the first video", () => this.firstVideo());
    await this.execute(PublishWorkDocument, { input: { videoId, title: this.nextKey() } });
  }

  /** Orders one, and another one if its task has timed out, as it may on a slow machine. */
  private async firstVideo(): Promise<string | undefined> {
    const [video] = await this.videos();
    if (video) return video;
    const answer = await this.execute(TasksDocument, {
      first: 1,
      filter: { status: ["NOT_START", "QUEUED", "IN_PROGRESS"] },
    });
    if (answer?.data?.tasks.nodes.length === 0) await this.order("");
    return undefined;
  }

  async live(): Promise<void> {
    while (!this.environment.closing) {
      await sleep(this.random.int(...this.thinkMs));
      await this.act();
    }
    for (const call of [...this.orders, ...this.purchases, ...this.tips, ...this.unlocks])
      await this.retryUntilAnswered(call);
    await Promise.all(this.watching);
  }

  private act(): Promise<unknown> {
    const roll = this.random.int(1, 100);
    if (roll <= 36) return this.order();
    if (roll <= 41) return this.orderBatch();
    if (roll <= 49) return this.cancelLast();
    if (roll <= 58) return this.buy();
    if (roll <= 60) return this.deleteOne();
    if (roll <= 64) return this.orderWithPicture();
    if (roll <= 74) return this.publish();
    if (roll <= 82) return this.tip();
    if (roll <= 86) return this.unlock();
    if (roll <= 94) return this.remix();
    return this.execute(WalletDocument, {});
  }

  private nextKey(): string {
    return `${this.name}-${this.calls++}`;
  }

  private order(
    fate = this.random.pick(vendorFates),
    more: { referenceImageId?: string } = {},
  ): Promise<void> {
    const key = this.nextKey();
    const input = { prompt: `${key} ${fate}`.trim(), idempotencyKey: key, ...more };
    return this.place(key, async () => {
      const answer = await this.execute(CreateTaskDocument, { input });
      return idsOf(answer, (data) => [data.createTask.task.id]);
    });
  }

  private orderBatch(): Promise<void> {
    const key = this.nextKey();
    const tasks = Array.from({ length: this.random.int(2, 4) }, (_, n) => ({
      prompt: `${key}-${n} ${this.random.pick(vendorFates)}`.trim(),
    }));
    return this.place(key, async () => {
      const answer = await this.execute(CreateTasksDocument, { input: { tasks, idempotencyKey: key } });
      return idsOf(answer, (data) => data.createTasks.tasks.map((task) => task.id));
    });
  }

  private async orderWithPicture(): Promise<void> {
    const client = this.environment.clientFor(this.token, this.routes);
    const picture = await upload(client as never, onePixel).catch(() => null);
    await this.order(undefined, picture ? { referenceImageId: picture.id } : {});
  }

  private async place(key: string, send: () => Promise<string[] | null>): Promise<void> {
    const call: KeyedCall = { key, answer: null, send };
    this.orders.push(call);
    const [watches, walksAway] = [this.random.chance(40), this.random.chance(10)];
    call.answer = await send();
    // Most users retry at once, as a good front end does; some only at the very end.
    if (!walksAway) await this.retryUntilAnswered(call, 5);
    const taskId = call.answer?.[0];
    if (taskId && watches) this.watch(taskId);
  }

  /** Retries until there is a response, even an error. */
  private async retryUntilAnswered(call: KeyedCall, timesMax = Number.POSITIVE_INFINITY): Promise<void> {
    for (let n = 0; call.answer === null && n < timesMax; n++) {
      await sleep(300);
      call.answer = await call.send();
    }
  }

  private async cancelLast(): Promise<void> {
    const taskId = this.orders.at(-1)?.answer?.[0];
    if (taskId) await this.execute(CancelTaskDocument, { input: { taskId } });
  }

  private async videos(): Promise<string[]> {
    const answer = await this.execute(TasksDocument, { first: 50, filter: { status: ["SUCCESS"] } });
    // A video has its task's UUID.
    return (answer?.data?.tasks.nodes ?? []).map(({ id }) => id.replace(/^task_/, "video_"));
  }

  /** Draws the random number before the videos are read, so their count does not change the plan. */
  private async anyVideo(): Promise<string | undefined> {
    const nth = this.random.int(0, 2 ** 20 - 1);
    const videos = await this.videos();
    return videos[nth % videos.length];
  }

  private async buy(): Promise<void> {
    const [key, videoId] = [this.nextKey(), await this.anyVideo()];
    if (!videoId) return;
    await this.pay(this.purchases, key, async () => {
      const answer = await this.execute(DownloadNoWatermarkDocument, {
        input: { videoId, idempotencyKey: key },
      });
      return idsOf(answer, (data) => [data.downloadNoWatermark.video.id]);
    });
  }

  /** Sends it once. Without a response it is sent again at the very end. */
  private async pay(calls: KeyedCall[], key: string, send: KeyedCall["send"]): Promise<void> {
    const call: KeyedCall = { key, answer: null, send };
    calls.push(call);
    call.answer = await send();
  }

  private async publish(): Promise<void> {
    const videoId = await this.anyVideo();
    if (videoId) await this.execute(PublishWorkDocument, { input: { videoId, title: this.nextKey() } });
  }

  /** Draws the random number before the feed is read, as `anyVideo` does. */
  private async anyWork(): Promise<string | undefined> {
    const nth = this.random.int(0, 2 ** 20 - 1);
    const answer = await this.execute(FeedDocument, { kind: "DISCOVER", first: 50 });
    const works = (answer?.data?.feed.nodes ?? []).filter(({ author }) => author.id !== this.userId);
    return works[nth % works.length]?.id;
  }

  private async tip(): Promise<void> {
    const [key, credits, workId] = [
      this.nextKey(),
      this.random.pick([10, 20, 50, 100]),
      await this.anyWork(),
    ];
    if (!workId) return;
    await this.pay(this.tips, key, async () => {
      const answer = await this.execute(TipWorkDocument, { input: { workId, credits, idempotencyKey: key } });
      return idsOf(answer, (data) => [data.tipWork.work.id]);
    });
  }

  private async unlock(): Promise<void> {
    const [key, workId] = [this.nextKey(), await this.anyWork()];
    if (!workId) return;
    await this.pay(this.unlocks, key, async () => {
      const answer = await this.execute(UnlockPromptDocument, { input: { workId, idempotencyKey: key } });
      return idsOf(answer, (data) => [data.unlockPrompt.work.id]);
    });
  }

  private async remix(): Promise<void> {
    const [key, fate, workId] = [this.nextKey(), this.random.pick(vendorFates), await this.anyWork()];
    if (!workId) return;
    const input = { workId, prompt: `${key} ${fate}`.trim(), idempotencyKey: key };
    await this.place(key, async () => {
      const answer = await this.execute(RemixWorkDocument, { input });
      return idsOf(answer, (data) => [data.remixWork.task.id]);
    });
  }

  private async deleteOne(): Promise<void> {
    const id = await this.anyVideo();
    if (!id) return;
    const query = "mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { deletedVideoId } }";
    await this.execute(query, { id });
  }

  private watch(taskId: string): void {
    const watch: Watch = { taskId, lastSeen: null, connections: 0 };
    this.watches.push(watch);
    this.watching.push(this.watchUntilFinal(watch));
  }

  /** Reconnects, to any server, until it has seen how the task ends. */
  private async watchUntilFinal(watch: Watch): Promise<void> {
    for (const giveUpAt = performance.now() + 15 * 60_000; performance.now() < giveUpAt; await sleep(200)) {
      const client = this.environment.clientFor(this.token, this.routes);
      if (!client) continue;
      watch.connections += 1;
      try {
        for await (const { data } of client.subscribe(TaskStatusDocument, { taskId: watch.taskId })) {
          if (data?.taskStatus) watch.lastSeen = data.taskStatus.status;
        }
      } catch {
        // The server was stopped, or its database is unavailable.
      }
      await client.disconnect();
      if (/SUCCESS|FAILURE|CANCELED/.test(watch.lastSeen ?? "")) return;
    }
  }

  private async execute<T, V>(
    document: TypedDocumentNode<T, V> | string,
    variables: V,
  ): Promise<ApiResult<T> | null> {
    const client = this.environment.clientFor(this.token, this.routes);
    const answer = client && (await client.execute(document, variables).catch(() => null));
    const code = answer ? (answer.errors?.[0]?.extensions.code ?? "OK") : "no answer";
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    return answer;
  }
}

function idsOf<T>(answer: ApiResult<T> | null, pick: (data: T) => string[]): string[] | null {
  if (answer?.data) return pick(answer.data);
  return refusals.has(answer?.errors?.[0]?.extensions.code ?? "") ? [] : null;
}

const onePixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);
