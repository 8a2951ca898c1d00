import { OverloadedError } from "./overloaded-error.js";

/** Of calls that wait for a place in a group: beyond either, they are refused. */
const waitingMax = 1_000;
const waitMs = 3_000;

interface Waiting<Call, Answer> {
  sinceMs: number;
  call: Call;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

interface BatcherOptions<Call, Answer> {
  /** Answers in the order of the calls. What it throws, every call of the group gets. */
  run(calls: readonly Call[]): Promise<readonly Answer[]>;
  /** Groups at the same time. */
  concurrency: number;
  /** Calls in one group. */
  batchSizeMax: number;
  /** Calls that give the same text never share a group. */
  exclusiveKey?(call: Call): string | null;
}

/**
 * Runs calls that come at the same time together, so that they share what one costs. A call that comes
 * alone waits for nobody; what comes while as many groups as may be are under way is in the next one,
 * unless that takes too long: then it is refused with Busy, and nothing was done.
 */
export class Batcher<Call, Answer> {
  private waiting: Waiting<Call, Answer>[] = [];
  private running = 0;
  private armed = false;
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly options: BatcherOptions<Call, Answer>) {}

  add(call: Call): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.waiting.length >= waitingMax) throw new OverloadedError("too many calls wait");
      this.waiting.push({ call, resolve, reject, sinceMs: performance.now() });
      this.timer ??= setTimeout(() => this.refuseLate(), waitMs / 10);
      if (this.armed || this.running >= this.options.concurrency) return;
      this.armed = true;
      // After what the sockets have brought in this turn: that is what goes together.
      setImmediate(() => {
        this.armed = false;
        this.start();
      });
    });
  }

  /** While groups hang, nobody waits behind them for long. */
  private refuseLate(): void {
    const waitingSince = performance.now() - waitMs;
    const late = this.waiting.filter(({ sinceMs }) => sinceMs < waitingSince);
    this.waiting = this.waiting.filter(({ sinceMs }) => sinceMs >= waitingSince);
    for (const { reject } of late) reject(new OverloadedError("no group was sent in time"));
    this.timer = this.waiting.length > 0 ? setTimeout(() => this.refuseLate(), waitMs / 10) : null;
  }

  private start(): void {
    while (this.waiting.length > 0 && this.running < this.options.concurrency) {
      const group = this.nextBatch();
      this.running += 1;
      this.run(group).finally(() => {
        this.running -= 1;
        this.start();
      });
    }
  }

  private nextBatch(): Waiting<Call, Answer>[] {
    const { batchSizeMax: sizeMax, exclusiveKey: keepApart } = this.options;
    const here = new Set<string>();
    const group: Waiting<Call, Answer>[] = [];
    const later: Waiting<Call, Answer>[] = [];
    for (const each of this.waiting) {
      const mark = keepApart?.(each.call) ?? null;
      if (group.length >= sizeMax || (mark !== null && here.has(mark))) later.push(each);
      else group.push(each);
      if (mark !== null) here.add(mark);
    }
    this.waiting = later;
    return group;
  }

  private async run(group: Waiting<Call, Answer>[]): Promise<void> {
    try {
      const answers = await this.options.run(group.map(({ call }) => call));
      group.forEach(({ resolve }, n) => {
        resolve(answers[n] as Answer);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}
