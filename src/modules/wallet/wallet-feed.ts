import type { Logger } from "pino";
import type { Db } from "../../platform/db/index.js";
import { defineTopic, type EventBus } from "../../platform/events/event-bus.js";
import { LiveQuery } from "../../platform/live/live-query.js";
import { Wallet } from "./wallet.graphql.js";
import { balancesOfUsers } from "./wallet.repository.js";

/** A transfer changed a balance of this user. */
export const walletChanged = defineTopic<{ userId: string }>("wallet-changed");

export type WalletFeed = ReturnType<typeof createWalletFeed>;

/** Wallets as their owners follow them, by the user's id. */
export function createWalletFeed(db: Db, bus: EventBus, logger: Logger) {
  return new LiveQuery({
    bus,
    logger,
    topic: walletChanged,
    eventKey: ({ userId }) => userId,
    rowKey: ({ userId }) => userId,
    read: (userIds) => balancesOfUsers(db, userIds),
    version: ({ sequence }) => sequence,
    toNode: Wallet.of,
  });
}
