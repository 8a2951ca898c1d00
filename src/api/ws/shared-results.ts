import type { ExecutionResult } from "graphql";

/** What one event is for those who see the same in it. */
export class SharedResult {
  private text: string | null = null;

  constructor(readonly result: ExecutionResult) {}

  /** As JSON, written once. */
  written(): string {
    this.text ??= JSON.stringify(this.result);
    return this.text;
  }
}

type Answer = SharedResult | Promise<SharedResult>;

/**
 * An event is told to all who follow it in one go, so what it is for one audience is worked out for
 * the first of them and kept for the others: for that go, and no longer, or it would show what has
 * changed since.
 */
export class SharedResults {
  private event: unknown = null;
  private byShareKey = new Map<string, Answer>();

  /** Events that are no objects cannot be told apart and are never shared. */
  of(event: unknown, audience: string, run: (event: unknown) => ExecutionResult | Promise<ExecutionResult>) {
    if (typeof event !== "object" || event === null) return answerOf(run(event));
    if (event !== this.event) this.turnTo(event);
    const known = this.byShareKey.get(audience);
    if (known) return known;
    const answer = answerOf(run(event));
    this.byShareKey.set(audience, answer);
    return answer;
  }

  private turnTo(event: object): void {
    if (this.event === null) queueMicrotask(() => this.forget());
    this.event = event;
    this.byShareKey = new Map();
  }

  private forget(): void {
    this.event = null;
    this.byShareKey = new Map();
  }
}

function answerOf(result: ExecutionResult | Promise<ExecutionResult>): Answer {
  return result instanceof Promise ? result.then((done) => new SharedResult(done)) : new SharedResult(result);
}
