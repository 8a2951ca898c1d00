import type { Logger } from "pino";
import type { Db } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { ChangeReader } from "../../platform/live/change-reader.js";
import { SubscriberMap } from "../../platform/live/latest-value-queue.js";
import type { PullSource } from "../../platform/live/pull-source.js";
import { startResync } from "../../platform/live/resync.js";
import { type Balances, balancesOfUsers } from "./wallet.repository.js";

/** Tells watchers what becomes of their wallets: the latest state, at once and after every change. */
export class WalletFeed {
  private readonly byUser = new SubscriberMap<Balances>();
  private readonly reader: ChangeReader<Balances>;
  private readonly stops: (() => void)[];

  constructor(db: Db, bus: EventBus, logger: Logger) {
    this.reader = new ChangeReader(
      (userIds) => balancesOfUsers(db, userIds),
      (wallets) => this.tell(wallets),
      logger,
    );
    this.stops = [
      bus.subscribe("wallet-changed", ({ userId }) => {
        if (this.byUser.has(userId)) this.reader.add([userId]);
      }),
      startResync(bus, (isDue) => this.reader.add(this.byUser.keys().filter(isDue))),
    ];
  }

  /** The wallet as it is, then after every change. */
  follow(userId: string): PullSource<Balances> {
    const watcher = this.byUser.open(userId);
    this.reader.add([userId]);
    return watcher;
  }

  stop(): void {
    for (const stop of this.stops) stop();
    this.byUser.closeAll();
  }

  private tell(wallets: Balances[]): void {
    for (const wallet of wallets) {
      for (const watcher of this.byUser.of(wallet.userId))
        watcher.push(wallet.userId, wallet.sequence, wallet);
    }
  }
}
