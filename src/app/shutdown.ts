import type { Logger } from "pino";

/** Closes what was opened, the last first; one that fails does not keep the others open. */
export class Shutdown {
  private readonly steps: { what: string; close: () => Promise<void> | void }[] = [];
  private closing: Promise<void> | null = null;

  constructor(private readonly logger: Logger) {}

  onShutdown(what: string, close: () => Promise<void> | void): void {
    this.steps.push({ what, close });
  }

  close(): Promise<void> {
    this.closing ??= this.closeAll();
    return this.closing;
  }

  private async closeAll(): Promise<void> {
    for (const { what, close } of this.steps.toReversed()) {
      try {
        await close();
      } catch (err) {
        this.logger.warn({ err, what }, "something did not close cleanly");
      }
    }
  }
}

/** Longer than everything may take to close, shorter than the 10 s that are promised. */
const closeMaxMs = 9_500;

/** SIGTERM and SIGINT drain and exit with 0; a second signal, or too long a drain, exits at once. */
export function shutdownOnSignals(close: () => Promise<void>, logger: Logger): void {
  let draining = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (draining) process.exit(1);
    draining = true;
    logger.info({ signal }, "draining");
    setTimeout(() => {
      logger.error("the drain took too long");
      process.exit(1);
    }, closeMaxMs).unref();
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
}
