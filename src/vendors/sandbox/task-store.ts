import { randomBytes } from "node:crypto";
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Fault } from "./faults.js";
import type { Protocol } from "./protocols.js";
import type { SandboxTask, VideoRequest } from "./sandbox-task.js";

/** Counts of identical submissions. The JSON of `GET /control/tasks`. */
export interface Submission {
  protocol: Protocol;
  prompt: string;
  model: string;
  size: string;
  seconds: number;
  hasPicture: boolean;
  /** How many arrived, including rejected ones. */
  timesSeen: number;
  /** How many became a task. A real vendor would charge for each. */
  timesTaken: number;
  taskIds: string[];
  /** The canceled ones of these. */
  canceledIds: string[];
}

/** Older tasks are dropped at startup. */
const ttlMs = 24 * 60 * 60 * 1000;

/** Tasks and submission counts. With a file, tasks survive a restart. */
export class TaskStore {
  private readonly tasks = new Map<string, SandboxTask>();
  private readonly submissions = new Map<string, Submission>();

  constructor(private readonly file: string | null) {
    if (!file || !existsSync(file)) return;
    for (const entry of readFileSync(file, "utf8").split("\n").map(parseLine)) {
      if (entry && "canceledId" in entry) this.tasks.delete(entry.canceledId);
      else if (entry && Date.now() - entry.createdAtMs < ttlMs) this.tasks.set(entry.id, entry);
    }
    writeFileSync(
      `${file}.new`,
      [...this.tasks.values()].map((task) => `${JSON.stringify(task)}\n`).join(""),
    );
    renameSync(`${file}.new`, file);
  }

  countSubmission(protocol: Protocol, order: VideoRequest): Submission {
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

  create(order: VideoRequest, submission: Submission, durationMs: number, faults: Fault[]): SandboxTask {
    const id = `video_${randomBytes(12).toString("hex")}`;
    const { protocol } = submission;
    const task = { ...order, id, protocol, createdAtMs: Date.now(), durationMs, faults };
    this.tasks.set(id, task);
    // Written before the response is sent, so that no task is lost whose id the client has.
    this.write(task);
    submission.timesTaken += 1;
    submission.taskIds.push(id);
    return task;
  }

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

/** The last line may be incomplete after a crash. Lines of older versions have no protocol. */
function parseLine(line: string): SandboxTask | Cancellation | null {
  try {
    return line === "" ? null : { protocol: "dyuapi", ...JSON.parse(line) };
  } catch {
    return null;
  }
}
