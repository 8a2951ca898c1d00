import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { signWebhook } from "../../platform/crypto/standard-webhooks.js";
import { HttpClient } from "../../platform/http/http-client.js";
import { endOf, hasFault, type SandboxTask } from "./sandbox-task.js";

export interface WebhookTarget {
  url: string;
  /** `whsec_` and base64. */
  secret: string;
}

/** One event, and what the target answered each time: a status, or what went wrong. */
export interface Delivery {
  id: string;
  type: "video.completed" | "video.failed";
  taskId: string;
  answers: (number | string)[];
}

const triesMax = 5;
const firstPauseMs = 500;

/** Tells a target by signed webhooks how tasks have ended. */
export class Webhooks {
  target: WebhookTarget | null = null;
  readonly deliveries: Delivery[] = [];
  private readonly http = new HttpClient({ timeoutMs: 5_000, responseBytesMax: 64 * 1024 });
  private readonly closing = new AbortController();

  constructor(
    /** Resolves when the task's film is there. */
    private readonly draw: (task: SandboxTask) => Promise<unknown>,
    /** Whether the task has not been called off. */
    private readonly isWanted: (task: SandboxTask) => boolean,
  ) {}

  /** A task was taken in. Resolves when its submission may be answered. */
  async taken(task: SandboxTask): Promise<void> {
    if (hasFault(task, "webhook-never")) return;
    if (hasFault(task, "webhook-early")) return this.notify(task, "video.completed");
    // Pauses are broken off when the sandbox closes, and then there is nobody left to be told.
    this.notifyWhenEnded(task).catch(() => {});
  }

  close(): void {
    this.closing.abort();
  }

  private async notifyWhenEnded(task: SandboxTask): Promise<void> {
    const end = endOf(task);
    if (!end) return;
    const endsAtMs = task.createdAtMs + end.afterMs;
    while (Date.now() < endsAtMs) await this.pause(endsAtMs - Date.now());
    const isDrawn = end.isFailure ? false : await this.isDrawn(task);
    if (!this.isWanted(task)) return;
    const times = hasFault(task, "webhook-twice") ? 2 : 1;
    await this.notify(task, isDrawn ? "video.completed" : "video.failed", times);
  }

  private isDrawn(task: SandboxTask): Promise<boolean> {
    return this.draw(task).then(
      () => true,
      () => {
        this.closing.signal.throwIfAborted();
        return false;
      },
    );
  }

  /** Repeats itself, under the same id, until the target has answered well so many times. */
  private async notify(task: SandboxTask, type: Delivery["type"], times = 1): Promise<void> {
    const { target } = this;
    if (!target) return;
    const id = randomBytes(16).toString("hex");
    const delivery: Delivery = { id: `wh_${id}`, type, taskId: task.id, answers: [] };
    this.deliveries.push(delivery);
    const created_at = Math.floor(Date.now() / 1000);
    const body = JSON.stringify({
      id: `evt_${id}`,
      object: "event",
      type,
      created_at,
      data: { id: task.id },
    });
    let good = 0;
    for (let tries = 0; good < times && tries < triesMax; tries++) {
      if (await this.deliver(target, delivery, body)) good += 1;
      else await this.pause(firstPauseMs * 2 ** tries);
    }
  }

  private async deliver({ url, secret }: WebhookTarget, delivery: Delivery, body: string): Promise<boolean> {
    const headers = {
      "content-type": "application/json",
      ...signWebhook(secret, delivery.id, new Date(), body),
    };
    const outcome = await this.http.call({ method: "POST", url: new URL(url), headers, body });
    delivery.answers.push(outcome.kind === "response" ? outcome.status : outcome.detail);
    return outcome.kind === "response" && outcome.status >= 200 && outcome.status <= 299;
  }

  private pause(ms: number): Promise<unknown> {
    return wait(Math.max(1, ms), null, { signal: this.closing.signal, ref: false });
  }
}
