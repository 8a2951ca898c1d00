import { setTimeout as sleep } from "node:timers/promises";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import {
  CancelTaskDocument,
  CreateTaskDocument,
  CreateTasksDocument,
  DownloadNoWatermarkDocument,
  TaskStatusDocument,
  TasksDocument,
  WalletDocument,
} from "../../src/generated/operations.js";
import type { Answer } from "../support/client.js";
import { fixedCode } from "../support/product.js";
import { upload } from "../support/upload.js";
import type { Environment } from "./environment.js";
import type { SeededRandom } from "./seeded-random.js";

/** The fault that the vendor shows for a task. For most tasks there is none. */
const vendorFates = [
  ...["", "", "", "", "", "", "", ""],
  ...["[fault:reject]", "[fault:content-policy]", "[fault:fail]", "[fault:fail-policy]", "[fault:stuck]"],
  ...[
    "[fault:500]",
    "[fault:cut]",
    "[fault:hang]",
    "[fault:malformed]",
    "[fault:no-id]",
    "[fault:cut-within]",
  ],
  ...["[fault:503 x2]", "[fault:429:1 x1]", "[fault:cut-before x1]", "[fault:check-500 x3]"],
  ...[
    "[fault:check-cut x2]",
    "[fault:file-500 x1]",
    "[fault:link-404]",
    "[fault:link-cut]",
    "[fault:no-link]",
  ],
  ...[
    "[fault:success-late:3000]",
    "[fault:success-late:9000]",
    "[fault:progress-back]",
    "[fault:unknown-status]",
  ],
];

/** A call with an idempotency key. It is retried until there is a response, and must have happened once. */
export interface KeyedCall {
  key: string;
  /** The ids in the response; null while there was none; empty if it was an error. */
  answer: string[] | null;
  ask(): Promise<string[] | null>;
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

  async live(): Promise<void> {
    while (!this.environment.closing) {
      await sleep(this.random.int(...this.thinkMs));
      await this.act();
    }
    for (const call of [...this.orders, ...this.purchases]) await this.retryUntilAnswered(call);
    await Promise.all(this.watching);
  }

  private act(): Promise<unknown> {
    const roll = this.random.int(1, 100);
    if (roll <= 50) return this.order();
    if (roll <= 55) return this.orderBatch();
    if (roll <= 65) return this.cancelLast();
    if (roll <= 78) return this.buy();
    if (roll <= 82) return this.deleteOne();
    if (roll <= 86) return this.orderWithPicture();
    return this.ask(WalletDocument, {});
  }

  private nextKey(): string {
    return `${this.name}-${this.calls++}`;
  }

  private order(more: { referenceImageId?: string } = {}): Promise<void> {
    const key = this.nextKey();
    const input = { prompt: `${key} ${this.random.pick(vendorFates)}`.trim(), idempotencyKey: key, ...more };
    return this.place(key, async () => {
      const answer = await this.ask(CreateTaskDocument, { input });
      return idsOf(answer, (data) => [data.createTask.task.id]);
    });
  }

  private orderBatch(): Promise<void> {
    const key = this.nextKey();
    const tasks = Array.from({ length: this.random.int(2, 4) }, (_, n) => ({
      prompt: `${key}-${n} ${this.random.pick(vendorFates)}`.trim(),
    }));
    return this.place(key, async () => {
      const answer = await this.ask(CreateTasksDocument, { input: { tasks, idempotencyKey: key } });
      return idsOf(answer, (data) => data.createTasks.tasks.map((task) => task.id));
    });
  }

  private async orderWithPicture(): Promise<void> {
    const client = this.environment.clientFor(this.token, this.routes);
    const picture = await upload(client as never, onePixel).catch(() => null);
    await this.order(picture ? { referenceImageId: picture.id } : {});
  }

  private async place(key: string, ask: () => Promise<string[] | null>): Promise<void> {
    const call: KeyedCall = { key, answer: null, ask };
    this.orders.push(call);
    const [watches, walksAway] = [this.random.chance(40), this.random.chance(10)];
    call.answer = await ask();
    // Most users retry at once, as a good front end does; some only at the very end.
    if (!walksAway) await this.retryUntilAnswered(call, 5);
    const taskId = call.answer?.[0];
    if (taskId && watches) this.watch(taskId);
  }

  /** Retries until there is a response, even an error. */
  private async retryUntilAnswered(call: KeyedCall, timesMax = Number.POSITIVE_INFINITY): Promise<void> {
    for (let n = 0; call.answer === null && n < timesMax; n++) {
      await sleep(300);
      call.answer = await call.ask();
    }
  }

  private async cancelLast(): Promise<void> {
    const taskId = this.orders.at(-1)?.answer?.[0];
    if (taskId) await this.ask(CancelTaskDocument, { input: { taskId } });
  }

  private async videos(): Promise<string[]> {
    const answer = await this.ask(TasksDocument, { first: 50, filter: { status: ["SUCCESS"] } });
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
    const call: KeyedCall = {
      key,
      answer: null,
      ask: async () => {
        const answer = await this.ask(DownloadNoWatermarkDocument, {
          input: { videoId, idempotencyKey: key },
        });
        return idsOf(answer, (data) => [data.downloadNoWatermark.video.id]);
      },
    };
    this.purchases.push(call);
    call.answer = await call.ask();
  }

  private async deleteOne(): Promise<void> {
    const id = await this.anyVideo();
    if (!id) return;
    const query = "mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { deletedVideoId } }";
    await this.ask(query, { id });
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

  private async ask<T, V>(
    document: TypedDocumentNode<T, V> | string,
    variables: V,
  ): Promise<Answer<T> | null> {
    const client = this.environment.clientFor(this.token, this.routes);
    const answer = client && (await client.ask(document, variables).catch(() => null));
    const code = answer ? (answer.errors?.[0]?.extensions.code ?? "OK") : "no answer";
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    return answer;
  }
}

function idsOf<T>(answer: Answer<T> | null, pick: (data: T) => string[]): string[] | null {
  if (answer?.data) return pick(answer.data);
  return refusals.has(answer?.errors?.[0]?.extensions.code ?? "") ? [] : null;
}

const onePixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
  "base64",
);
