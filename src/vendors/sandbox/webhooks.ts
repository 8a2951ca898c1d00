import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { signWebhook } from "../../platform/crypto/standard-webhooks.js";
import { HttpClient } from "../../platform/http/http-client.js";
import { getPlannedEnd, hasFault, type SandboxTask } from "./sandbox-task.js";

export interface WebhookTarget {
  url: string;
  /** `whsec_` and base64. */
  secret: string;
}

/** One event and the result of each attempt to send it: an HTTP status or an error. */
export interface Delivery {
  id: string;
  type: "video.completed" | "video.failed";
  taskId: string;
  answers: (number | string)[];
}

const attemptsMax = 5;
const firstPauseMs = 500;

/** Sends signed webhooks when tasks end. */
export class Webhooks {
  target: WebhookTarget | null = null;
  readonly deliveries: Delivery[] = [];
  private readonly http = new HttpClient({ timeoutMs: 5_000, responseBytesMax: 64 * 1024 });
  private readonly closing = new AbortController();

  constructor(
    /** Resolves when the task's film is rendered. */
    private readonly renderFilm: (task: SandboxTask) => Promise<unknown>,
    /** False after the task was canceled. */
    private readonly taskExists: (task: SandboxTask) => boolean,
  ) {}

  /** Resolves when the response to the submission may be sent. */
  async onTaskCreated(task: SandboxTask): Promise<void> {
    if (hasFault(task, "webhook-never")) return;
    if (hasFault(task, "webhook-early")) return this.notify(task, "video.completed");
    // Rejects when the sandbox closes during a pause.
    this.notifyWhenEnded(task).catch(() => {});
  }

  close(): void {
    this.closing.abort();
  }

  private async notifyWhenEnded(task: SandboxTask): Promise<void> {
    const end = getPlannedEnd(task);
    if (!end) return;
    const endsAtMs = task.createdAtMs + end.afterMs;
    while (Date.now() < endsAtMs) await this.pause(endsAtMs - Date.now());
    const isRendered = end.isFailure ? false : await this.isRendered(task);
    if (!this.taskExists(task)) return;
    const times = hasFault(task, "webhook-twice") ? 2 : 1;
    await this.notify(task, isRendered ? "video.completed" : "video.failed", times);
  }

  private isRendered(task: SandboxTask): Promise<boolean> {
    return this.renderFilm(task).then(
      () => true,
      () => {
        this.closing.signal.throwIfAborted();
        return false;
      },
    );
  }

  /** Retries with the same id until the target has accepted the event `times` times. */
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
    let accepted = 0;
    for (let attempts = 0; accepted < times && attempts < attemptsMax; attempts++) {
      if (await this.deliver(target, delivery, body)) accepted += 1;
      else await this.pause(firstPauseMs * 2 ** attempts);
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
