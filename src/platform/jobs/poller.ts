/**
 * Looks for work when told that there may be some, and by itself every so often, for what no
 * announcement told. One look at a time; what is told during a look causes another.
 */
export class Poller {
  private stopped = false;
  private polling: Promise<void> | null = null;
  private pollAgain = false;
  private readonly interval: NodeJS.Timeout;
  private readonly timers = new Set<NodeJS.Timeout>();

  /** `lookOnce` never rejects; it answers whether there may be more at once. */
  constructor(
    private readonly poll: () => Promise<boolean>,
    intervalMs: number,
  ) {
    this.interval = setInterval(() => this.pollNow(), intervalMs);
  }

  pollNow(): void {
    if (this.stopped) return;
    this.pollAgain = true;
    this.polling ??= this.pollWhileNotified();
  }

  pollIn(delayMs: number): void {
    if (this.stopped) return;
    if (delayMs <= 0) {
      this.pollNow();
      return;
    }
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.pollNow();
    }, delayMs);
    this.timers.add(timer);
  }

  /** Resolves when the last look is over. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.interval);
    for (const timer of this.timers) clearTimeout(timer);
    await this.polling;
  }

  private async pollWhileNotified(): Promise<void> {
    while (this.pollAgain && !this.stopped) {
      this.pollAgain = false;
      if (await this.poll()) this.pollAgain = true;
    }
    this.polling = null; // In the turn that found nothing: what is told in the next one is looked at.
  }
}
