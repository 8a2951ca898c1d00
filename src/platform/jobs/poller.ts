/**
 * Looks for work when told that there may be some, and by itself every so often, for what no
 * announcement told. One look at a time; what is told during a look causes another.
 */
export class Looks {
  private stopped = false;
  private looking: Promise<void> | null = null;
  private lookAgain = false;
  private readonly interval: NodeJS.Timeout;
  private readonly timers = new Set<NodeJS.Timeout>();

  /** `lookOnce` never rejects; it answers whether there may be more at once. */
  constructor(
    private readonly lookOnce: () => Promise<boolean>,
    everyMs: number,
  ) {
    this.interval = setInterval(() => this.now(), everyMs);
  }

  now(): void {
    if (this.stopped) return;
    this.lookAgain = true;
    this.looking ??= this.lookWhileTold();
  }

  in(delayMs: number): void {
    if (this.stopped) return;
    if (delayMs <= 0) {
      this.now();
      return;
    }
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.now();
    }, delayMs);
    this.timers.add(timer);
  }

  /** Resolves when the last look is over. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.interval);
    for (const timer of this.timers) clearTimeout(timer);
    await this.looking;
  }

  private async lookWhileTold(): Promise<void> {
    while (this.lookAgain && !this.stopped) {
      this.lookAgain = false;
      if (await this.lookOnce()) this.lookAgain = true;
    }
    this.looking = null; // In the turn that found nothing: what is told in the next one is looked at.
  }
}
