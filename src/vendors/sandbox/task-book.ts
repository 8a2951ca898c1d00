import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Fault } from "./faults.js";
import type { Order, SandboxTask } from "./sandbox-task.js";

/** What came in for one and the same order. */
export interface Submission {
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
}

/** After this long nobody asks for a task any more. */
const keptMs = 24 * 60 * 60 * 1000;

/** The tasks, and a count of what came in. With a file, tasks outlive the process. */
export class TaskBook {
  private readonly tasks = new Map<string, SandboxTask>();
  private readonly submissions = new Map<string, Submission>();

  constructor(private readonly file: string | null) {
    if (!file || !existsSync(file)) return;
    const tasks = readFileSync(file, "utf8").split("\n").map(readLine);
    for (const task of tasks) {
      if (task && Date.now() - task.createdAtMs < keptMs) this.tasks.set(task.id, task);
    }
    writeFileSync(
      `${file}.new`,
      [...this.tasks.values()].map((task) => `${JSON.stringify(task)}\n`).join(""),
    );
    renameSync(`${file}.new`, file);
  }

  seen(order: Order): Submission {
    const size = `${order.width}x${order.height}`;
    const key = JSON.stringify([order.prompt, order.model, size, order.seconds, order.picture]);
    const entry = this.submissions.get(key) ?? {
      ...{ prompt: order.prompt, model: order.model, size, seconds: order.seconds },
      ...{ hasPicture: order.picture !== null, timesSeen: 0, timesTaken: 0, taskIds: [] },
    };
    entry.timesSeen += 1;
    this.submissions.set(key, entry);
    return entry;
  }

  take(order: Order, submission: Submission, durationMs: number, faults: Fault[]): SandboxTask {
    const id = `video_${randomBytes(12).toString("hex")}`;
    const task = { ...order, id, createdAtMs: Date.now(), durationMs, faults };
    this.tasks.set(id, task);
    // Written before the answer goes out: an id that the caller knows must not be forgotten.
    if (this.file) appendFileSync(this.file, `${JSON.stringify(task)}\n`);
    submission.timesTaken += 1;
    submission.taskIds.push(id);
    return task;
  }

  find(id: string): SandboxTask | undefined {
    return this.tasks.get(id);
  }

  list(): Submission[] {
    return [...this.submissions.values()];
  }
}

/** The last line may be torn by a crash. */
function readLine(line: string): SandboxTask | null {
  try {
    return line === "" ? null : JSON.parse(line);
  } catch {
    return null;
  }
}
