import { sql } from "drizzle-orm";
import type { Db } from "../../platform/db/index.js";
import { prepareFindByIds } from "../../platform/db/prepared.js";
import type { EventBus } from "../../platform/events/event-bus.js";
import { type Connection, type PageArgs, readPage } from "../../platform/graphql/connection.js";
import type { RequestedFields } from "../../platform/graphql/requested-fields.js";
import { BatchedList, newestFirst } from "../../platform/lists/batched-list.js";
import { Income, type IncomeState } from "./incomes.graphql.js";
import { incomes } from "./incomes.tables.js";
import { type ReleasePosition, release, setIncomeHold } from "./ledger/index.js";
import { crashPoint } from "./wallet.crash-points.js";
import { walletChanged } from "./wallet-feed.js";

const batchSize = 2_000;

const incomesByIds = prepareFindByIds(incomes);

/** Creators' income: reads it, and releases it when its freeze has ended. */
export class IncomesService {
  private readonly ofUser = new BatchedList({
    table: incomes,
    params: { user_id: "uuid" },
    where: sql`${incomes.userId} = request.user_id`,
    filters: {
      state: {
        params: { states: "text" },
        where: sql`${incomes.state}::text = any(string_to_array(request.states, ','))`,
        isRare: true,
      },
    },
    order: newestFirst(incomes.createdAt, incomes.id),
  });

  constructor(
    private readonly db: Db,
    private readonly bus: EventBus,
  ) {}

  /** Throws BadUserInput for a bad `first` or `after`. Money is always read from the primary. */
  list(
    userId: string,
    args: PageArgs & { state: IncomeState[] | null },
    fields: RequestedFields,
  ): Promise<Connection<Income>> {
    const filters = { state: args.state && { states: args.state.join() } };
    return this.ofUser.read(
      this.db,
      { params: { user_id: userId }, filters, page: readPage(args), fields },
      Income.of,
    );
  }

  readonly loadIncomes = async (ids: readonly string[]): Promise<Map<string, Income>> => {
    const rows = await incomesByIds(this.db, ids);
    return new Map(rows.map((row) => [row.id, Income.of(row)]));
  };

  /**
   * Releases all incomes that are due, one transaction for each 2,000. Returns how many. Several processes may do it at
   * once; each income is released by one of them.
   */
  async releaseDue(): Promise<number> {
    let released = 0;
    let after: ReleasePosition | null = null;
    do {
      const batch = await this.db.transaction((tx) => release(tx, { after, limit: batchSize }));
      if (batch.released > 0) crashPoint("release-incomes.committed");
      released += batch.released;
      this.bus.publish(walletChanged, ...batch.userIds.map((userId) => ({ userId })));
      after = batch.next;
    } while (after);
    return released;
  }

  /** Keeps all pending income of a user frozen, later income too. False if it was held before. */
  hold(userId: string): Promise<boolean> {
    return this.db.transaction((tx) => setIncomeHold(tx, userId, true));
  }

  /** The end of `hold`: the release job gives out what is due. False if nothing was held. */
  releaseHold(userId: string): Promise<boolean> {
    return this.db.transaction((tx) => setIncomeHold(tx, userId, false));
  }
}
