import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Fault } from "./faults.js";
import type { Protocol } from "./protocols.js";
import type { Order, SandboxTask } from "./sandbox-task.js";

/** What came in for one and the same order. */
export interface Submission {
  protocol: Protocol;
  prompt: string;
  model: string;
  size: string;
  seconds: number;
  hasPicture: boolean;
  /** How many submissions arrived, refused ones too. */
  timesSeen: number;
  /** How many became a task: each of them would have been paid for. */
  timesTaken: number;
  taskIds: string[];
  /** Of these, the ones that were called off. */
  canceledIds: string[];
}

/** After this long nobody asks for a task any more. */
const ttlMs = 24 * 60 * 60 * 1000;

/** The tasks, and a count of what came in. With a file, tasks outlive the process. */
export class TaskStore {
  private readonly tasks = new Map<string, SandboxTask>();
  private readonly submissions = new Map<string, Submission>();

  constructor(private readonly file: string | null) {
    if (!file || !existsSync(file)) return;
    for (const entry of readFileSync(file, "utf8").split("\n").map(readLine)) {
      if (entry && "canceledId" in entry) this.tasks.delete(entry.canceledId);
      else if (entry && Date.now() - entry.createdAtMs < ttlMs) this.tasks.set(entry.id, entry);
    }
    writeFileSync(
      `${file}.new`,
      [...this.tasks.values()].map((task) => `${JSON.stringify(task)}\n`).join(""),
    );
    renameSync(`${file}.new`, file);
  }

  seen(protocol: Protocol, order: Order): Submission {
    const size = `${order.width}x${order.height}`;
    const key = JSON.stringify([protocol, order.prompt, order.model, size, order.seconds, order.picture]);
    const entry = this.submissions.get(key) ?? {
      ...{ protocol, prompt: order.prompt, model: order.model, size, seconds: order.seconds },
      ...{ hasPicture: order.picture !== null, timesSeen: 0, timesTaken: 0, taskIds: [], canceledIds: [] },
    };
    entry.timesSeen += 1;
    this.submissions.set(key, entry);
    return entry;
  }

  take(order: Order, submission: Submission, durationMs: number, faults: Fault[]): SandboxTask {
    const id = `video_${randomBytes(12).toString("hex")}`;
    const { protocol } = submission;
    const task = { ...order, id, protocol, createdAtMs: Date.now(), durationMs, faults };
    this.tasks.set(id, task);
    // Written before the answer goes out: an id that the caller knows must not be forgotten.
    this.write(task);
    submission.timesTaken += 1;
    submission.taskIds.push(id);
    return task;
  }

  /** From now on nobody knows it. */
  cancel(id: string): void {
    this.tasks.delete(id);
    this.write({ canceledId: id });
    for (const submission of this.submissions.values())
      if (submission.taskIds.includes(id)) submission.canceledIds.push(id);
  }

  find(id: string): SandboxTask | undefined {
    return this.tasks.get(id);
  }

  list(): Submission[] {
    return [...this.submissions.values()];
  }

  private write(entry: SandboxTask | Cancellation): void {
    if (this.file) appendFileSync(this.file, `${JSON.stringify(entry)}\n`);
  }
}

interface Cancellation {
  canceledId: string;
}

/** The last line may be torn by a crash; lines of an older version have no protocol. */
function readLine(line: string): SandboxTask | Cancellation | null {
  try {
    return line === "" ? null : { protocol: "dyuapi", ...JSON.parse(line) };
  } catch {
    return null;
  }
}
