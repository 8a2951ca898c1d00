import { OverloadedError } from "./overloaded-error.js";

const queueMax = 1_000;
const queueTimeoutMs = 3_000;
/** Calls of a RowLoader per statement. */
const loadsPerStatementMax = 200;

interface QueuedCall<Call, Result> {
  sinceMs: number;
  call: Call;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

interface BatcherOptions<Call, Result> {
  /** Returns the results in the order of the calls. If it rejects, so does every call of the batch. */
  run(calls: readonly Call[]): Promise<readonly Result[]>;
  /** How many batches run at the same time. */
  concurrency: number;
  /** Calls per batch. */
  batchSizeMax: number;
  /** Calls with equal keys are never in the same batch. */
  exclusiveKey?(call: Call): string | null;
}

/**
 * Runs simultaneous calls in batches, for example in one statement. A single call runs immediately. While
 * `concurrency` batches are running, further calls form the next batch. A call that waits longer than 3 s
 * is rejected with `OverloadedError` without having run.
 */
export class Batcher<Call, Result> {
  private queue: QueuedCall<Call, Result>[] = [];
  private running = 0;
  private startScheduled = false;
  private timeoutTimer: NodeJS.Timeout | null = null;

  constructor(private readonly options: BatcherOptions<Call, Result>) {}

  add(call: Call): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.queue.length >= queueMax) throw new OverloadedError("too many calls are waiting for a batch");
      this.queue.push({ call, resolve, reject, sinceMs: performance.now() });
      this.timeoutTimer ??= setTimeout(() => this.rejectOverdue(), queueTimeoutMs / 10);
      if (this.startScheduled || this.running >= this.options.concurrency) return;
      this.startScheduled = true;
      // After the I/O callbacks of this turn of the event loop, so that their calls are in the batch.
      setImmediate(() => {
        this.startScheduled = false;
        this.startBatches();
      });
    });
  }

  private rejectOverdue(): void {
    const limitMs = performance.now() - queueTimeoutMs;
    const overdue = this.queue.filter(({ sinceMs }) => sinceMs < limitMs);
    this.queue = this.queue.filter(({ sinceMs }) => sinceMs >= limitMs);
    for (const { reject } of overdue) reject(new OverloadedError("the batches before it took too long"));
    this.timeoutTimer =
      this.queue.length > 0 ? setTimeout(() => this.rejectOverdue(), queueTimeoutMs / 10) : null;
  }

  private startBatches(): void {
    while (this.queue.length > 0 && this.running < this.options.concurrency) {
      const batch = this.takeBatch();
      this.running += 1;
      this.run(batch).finally(() => {
        this.running -= 1;
        this.startBatches();
      });
    }
  }

  private takeBatch(): QueuedCall<Call, Result>[] {
    const { batchSizeMax, exclusiveKey } = this.options;
    const keys = new Set<string>();
    const batch: QueuedCall<Call, Result>[] = [];
    const rest: QueuedCall<Call, Result>[] = [];
    for (const queued of this.queue) {
      const key = exclusiveKey?.(queued.call) ?? null;
      if (batch.length >= batchSizeMax || (key !== null && keys.has(key))) rest.push(queued);
      else batch.push(queued);
      if (key !== null) keys.add(key);
    }
    this.queue = rest;
    return batch;
  }

  private async run(batch: QueuedCall<Call, Result>[]): Promise<void> {
    try {
      const results = await this.options.run(batch.map(({ call }) => call));
      batch.forEach(({ resolve }, n) => {
        resolve(results[n] as Result);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

/**
 * Loads rows by id: calls of different requests that arrive at the same time share one statement. Nothing
 * is cached, so a row is never older than the call. The caller must check who owns it.
 */
export class RowLoader<Row extends { id: string }> {
  private readonly batcher: Batcher<readonly string[], Row[]>;

  constructor(read: (ids: readonly string[]) => Promise<Row[]>) {
    this.batcher = new Batcher({
      run: async (calls) => {
        const rows = new Map((await read([...new Set(calls.flat())])).map((row) => [row.id, row]));
        return calls.map((ids) => ids.flatMap((id) => rows.get(id) ?? []));
      },
      concurrency: 2,
      batchSizeMax: loadsPerStatementMax,
    });
  }

  async load(id: string): Promise<Row | null> {
    const [row] = await this.batcher.add([id]);
    return row ?? null;
  }

  /** In the order of the ids, without those that have no row. */
  loadMany(ids: readonly string[]): Promise<Row[]> {
    return this.batcher.add(ids);
  }
}
