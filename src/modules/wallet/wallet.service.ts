import { RowLoader } from "../../platform/async/batcher.js";
import type { Db, Tx } from "../../platform/db/index.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { type Connection, type PageArgs, readPage } from "../../platform/graphql/connection.js";
import type { NodeFinder } from "../../platform/graphql/node-registry.js";
import type { RequestedFields } from "../../platform/graphql/requested-fields.js";
import { signupReason } from "./entry-description.js";
import { grant, openWallet } from "./ledger/index.js";
import { LedgerEntry, Wallet } from "./wallet.graphql.js";
import { type Balances, balancesOfUsers, entriesByIds, statementLines } from "./wallet.repository.js";
import { walletChanged } from "./wallet-feed.js";

export interface StatementArgs extends PageArgs {
  asset: LedgerEntry["asset"] | null;
  types: LedgerEntry["type"][] | null;
}

/** The wallets' use cases. Only the ledger's verbs move money. */
export class WalletService {
  /** Reads of many callers share a statement. */
  private readonly wallets: RowLoader<{ id: string; balances: Balances }>;
  private readonly statements = statementLines();

  constructor(
    private readonly db: Db,
    private readonly bus: EventBus,
    private readonly signupCredits: number,
  ) {
    this.wallets = new RowLoader(async (userIds) =>
      (await balancesOfUsers(db, userIds)).map((balances) => ({ id: balances.userId, balances })),
    );
  }

  /** A new user's wallet with the welcome credits, inside the transaction that makes the user. */
  async open(tx: Tx, userId: string): Promise<void> {
    await openWallet(tx, userId);
    if (this.signupCredits === 0) return;
    await grant(tx, {
      userId,
      credits: this.signupCredits,
      reason: signupReason,
      key: `signup:${userId}`,
    });
  }

  /** An operator's grant. A repeated command with the same key grants nothing. */
  async grant(gift: { userId: string; credits: number; reason: string; key: string }): Promise<Wallet> {
    await this.db.transaction((tx) => grant(tx, gift));
    this.announce(gift.userId);
    return this.walletOf(gift.userId);
  }

  async walletOf(userId: string): Promise<Wallet> {
    const found = await this.wallets.load(userId);
    if (!found) throw new Error(`user ${userId} has no wallet`);
    return Wallet.of(found.balances);
  }

  /** Throws BadUserInput for a bad `first` or `after`. */
  entriesOf(userId: string, args: StatementArgs, fields: RequestedFields): Promise<Connection<LedgerEntry>> {
    const params = { user_id: userId, asset: args.asset ?? "CREDIT" };
    const filters = { types: args.types && { types: args.types.join() } };
    const request = { params, filters, page: readPage(args), fields };
    return this.statements.read(this.db, request, LedgerEntry.of);
  }

  /** By bare user ids, for a request's loader. */
  readonly loadWallets = async (userIds: readonly string[]): Promise<Map<string, Wallet>> => {
    const found = await this.wallets.loadMany(userIds);
    return new Map(found.map(({ id, balances }) => [id, Wallet.of(balances)]));
  };

  /** A transfer is an entry on the statement of each user whose free balance it changed. */
  readonly findEntry: NodeFinder = (transferId, viewer, { loaders }) =>
    loaders.get(this.loadEntries).load(entryKey(viewer.userId, transferId));

  /** By `entryKey`, for a request's loader. */
  private readonly loadEntries = async (keys: readonly string[]): Promise<Map<string, LedgerEntry>> => {
    const found = await entriesByIds(
      this.db,
      keys.map((key) => key.slice(key.indexOf("/") + 1)),
    );
    return new Map(found.map((entry) => [entryKey(entry.userId, entry.id), LedgerEntry.of(entry)]));
  };

  /** Notifies the subscribers of these wallets. Call it after the commit. */
  announce(...userIds: string[]): void {
    this.bus.publish(walletChanged, ...userIds.map((userId) => ({ userId })));
  }
}

function entryKey(userId: string, transferId: string): string {
  return `${userId}/${transferId}`;
}
