/**
 * Polls for work: at once when notified, and on an interval in case a notification was lost. Polls never
 * overlap; a notification during a poll triggers one more.
 */
export class Poller {
  private stopped = false;
  private polling: Promise<void> | null = null;
  private pollAgain = false;
  private readonly interval: NodeJS.Timeout;
  private readonly delayed = new Set<NodeJS.Timeout>();

  /** `poll` must not reject. It returns whether there may be more work right now. */
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
      this.delayed.delete(timer);
      this.pollNow();
    }, delayMs);
    this.delayed.add(timer);
  }

  /** Resolves after the poll that is running. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.interval);
    for (const timer of this.delayed) clearTimeout(timer);
    await this.polling;
  }

  private async pollWhileNotified(): Promise<void> {
    while (this.pollAgain && !this.stopped) {
      this.pollAgain = false;
      if (await this.poll()) this.pollAgain = true;
    }
    this.polling = null; // Without an await after the last check, so that no notification comes between.
  }
}
