import { CallGroups } from "../../platform/call-groups.js";
import type { Db, Tx } from "../../platform/db.js";
import type { EventBus } from "../../platform/events.js";
import {
  badCursor,
  type Connection,
  connectionOf,
  pageSizeMax,
  readFirst,
} from "../../platform/graphql/connection.js";
import { RowReads } from "../../platform/row-reads.js";
import { signupReason } from "./entry-description.js";
import { grant, openWallet } from "./ledger.js";
import { LedgerEntry, Wallet } from "./wallet.graphql.js";
import {
  type Asset,
  type Balances,
  balancesOfUsers,
  type Entry,
  entriesByIds,
  type StatementQuery,
  statements,
} from "./wallet.repository.js";

export interface StatementArgs {
  first: number | null;
  after: string | null;
  asset: Asset | null;
  types: LedgerEntry["type"][] | null;
}

/** Wallets as their owners see them. Money is moved by the ledger's verbs alone. */
export class WalletService {
  /** Read for many callers together. */
  private readonly wallets: RowReads<{ id: string; balances: Balances }>;
  private readonly statements: CallGroups<StatementQuery, Entry[]>;

  constructor(
    private readonly db: Db,
    private readonly bus: EventBus,
    private readonly signupCredits: number,
  ) {
    this.wallets = new RowReads(async (userIds) =>
      (await balancesOfUsers(db, userIds)).map((balances) => ({ id: balances.userId, balances })),
    );
    this.statements = new CallGroups({
      run: (asked) => statements(db, asked),
      underWayMax: 2,
      sizeMax: pageSizeMax,
    });
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

  /** An operator's grant. The key makes a repeated command harmless. */
  async grant(gift: { userId: string; credits: number; reason: string; key: string }): Promise<Wallet> {
    await this.db.transaction((tx) => grant(tx, gift));
    this.announce(gift.userId);
    return this.walletOf(gift.userId);
  }

  async walletOf(userId: string): Promise<Wallet> {
    const found = await this.wallets.get(userId);
    if (!found) throw new Error(`user ${userId} has no wallet`);
    return Wallet.of(found.balances);
  }

  async entriesOf(userId: string, args: StatementArgs): Promise<Connection<LedgerEntry>> {
    const page = { first: readFirst(args.first), after: args.after };
    const query: StatementQuery = {
      userId,
      asset: args.asset ?? "CREDIT",
      types: args.types,
      beforeSequence: args.after === null ? null : readSequence(args.after),
      limit: page.first + 1,
    };
    // Whoever looks for rare types reads all in between, and lets nobody wait for it.
    const rows = query.types ? (await statements(this.db, [query]))[0] : await this.statements.ask(query);
    return connectionOf(rows ?? [], page, (row) => sequenceCursor(row.sequence), LedgerEntry.of);
  }

  /** By bare user ids, for a request's loader. */
  readonly loadWallets = async (userIds: readonly string[]): Promise<Map<string, Wallet>> => {
    const found = await this.wallets.all(userIds);
    return new Map(found.map(({ id, balances }) => [id, Wallet.of(balances)]));
  };

  /** A transfer is an entry on each user's statement whose free balance it changed. */
  entryKey(userId: string, transferId: string): string {
    return `${userId}/${transferId}`;
  }

  /** By `entryKey`, for a request's loader. */
  readonly loadEntries = async (keys: readonly string[]): Promise<Map<string, LedgerEntry>> => {
    const found = await entriesByIds(
      this.db,
      keys.map((key) => key.slice(key.indexOf("/") + 1)),
    );
    return new Map(
      found.map((entry) => [this.entryKey(entry.userId, entry.transferId), LedgerEntry.of(entry)]),
    );
  };

  /** After a commit that moved money: tells whoever watches this wallet. */
  announce(userId: string): void {
    this.bus.publish("wallet-changed", { userId });
  }
}

function sequenceCursor(sequence: number): string {
  return Buffer.from(`entry:${sequence}`).toString("base64url");
}

function readSequence(cursor: string): number {
  const digits = /^entry:(\d{1,15})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"))?.[1];
  if (!digits) throw badCursor();
  return Number(digits);
}
