import { sql } from "drizzle-orm";
import { banHooks } from "../../../src/app/ban-hooks.js";
import { Bans } from "../../../src/modules/accounts/index.js";
import { holdFee, IncomesService, type Reversal, refundFee } from "../../../src/modules/wallet/index.js";
import { balancesOf } from "../../../src/modules/wallet/wallet.repository.js";
import { PaymentReversals, WorkReader, workPrefix } from "../../../src/modules/works/index.js";
import { PaymentsService } from "../../../src/modules/works/payments/payments.service.js";
import { WorkRemixHooks } from "../../../src/modules/works/remixes/remix-hooks.js";
import type { TestDatabase } from "../../support/database.js";
import { LocalBus } from "../../support/local-bus.js";
import { seedWorks } from "../../support/seed-works.js";

export const promptPrice = 5;
export const remixFee = 2;
export const tipsPerDay = 60;

/** A work, by the places of its author and of the authors above it among the people: the work's own author first. */
export interface PayableWork {
  id: string;
  levels: number[];
}

export interface KeyedReversal extends Reversal {
  /** The payment's key. */
  key: string;
}

/** People with works, who pay each other through the product's own services. Each has an original and two remixes. */
export class PayingPeople {
  private constructor(
    private readonly testDb: TestDatabase,
    readonly users: readonly string[],
    readonly works: readonly PayableWork[],
    limit: number,
  ) {
    const limits = { tipCreditsPerDay: limit, accountAgeMinMs: 0, freezeMs: 1000 };
    const bus = new LocalBus();
    const { db } = testDb.database;
    this.payments = new PaymentsService({ db, bus, works: new WorkReader(db), limits });
    this.hooks = new WorkRemixHooks({ bus, ...limits });
    this.reversals = new PaymentReversals(db, bus);
    this.incomes = new IncomesService(db, bus);
    this.bans = new Bans({ db, clock: { now: () => new Date() }, events: bus, hooks: banHooks });
  }

  private readonly payments: PaymentsService;
  private readonly hooks: WorkRemixHooks;
  private readonly reversals: PaymentReversals;
  private readonly incomes: IncomesService;
  private readonly bans: Bans;

  static async gather(
    testDb: TestDatabase,
    { people, credits, limit = tipsPerDay }: { people: number; credits: number; limit?: number },
  ): Promise<PayingPeople> {
    const { db } = testDb.database;
    const users: string[] = [];
    for (let n = 0; n < people; n++) users.push((await testDb.seed.user().withCredits(credits)).id);
    const own: string[][] = [];
    for (const user of users) {
      const ids = await seedWorks({ app: { db } as never, seed: testDb.seed }, user, 3);
      own.push(ids.map((id) => workPrefix.toUuid(id) as string));
    }
    const at = (n: number, kind: number) => own[n % people]?.[kind] as string;
    const works: PayableWork[] = [];
    for (let n = 0; n < people; n++) {
      const [next, afterNext] = [(n + 1) % people, (n + 2) % people];
      works.push({ id: at(n, 0), levels: [n] });
      works.push({ id: at(n, 1), levels: [n, next] });
      works.push({ id: at(n, 2), levels: [n, next, afterNext] });
      await makeRemix(testDb, at(n, 1), [at(n + 1, 0)]);
      await makeRemix(testDb, at(n, 2), [at(n + 1, 1), at(n + 2, 0)]);
    }
    return new PayingPeople(testDb, users, works, limit);
  }

  tip(user: number, work: number, credits: number, idempotencyKey: string | null) {
    const input = { workId: this.publicIdOf(work), credits, idempotencyKey };
    return this.payments.tip(this.users[user] as string, input);
  }

  unlock(user: number, work: number) {
    const input = { workId: this.publicIdOf(work), maxCostCredits: null, idempotencyKey: null };
    return this.payments.unlock(this.users[user] as string, input);
  }

  holdFee(user: number, taskId: string) {
    const userId = this.users[user] as string;
    return this.testDb.database.db.transaction((tx) =>
      holdFee(tx, { userId, taskId, credits: remixFee, takenBefore: 0 }),
    );
  }

  /** As the saga does when the video of a remix is there. */
  settleFee(user: number, taskId: string, work: number): Promise<unknown> {
    const task = {
      id: taskId,
      userId: this.users[user],
      remixOf: this.works[work]?.id,
      remixFeeCredits: remixFee,
    };
    return this.testDb.database.db.transaction((tx) => this.hooks.settled(tx, task as never));
  }

  refundFee(taskId: string): Promise<unknown> {
    return this.testDb.database.db.transaction((tx) => refundFee(tx, taskId));
  }

  /** Every frozen income is due. */
  async thaw(): Promise<void> {
    await this.testDb.database.db.execute(
      sql`update incomes set release_at = created_at where state = 'PENDING' and release_at > created_at`,
    );
  }

  release(): Promise<number> {
    return this.incomes.releaseDue();
  }

  /** Of these people, in the order in which they were made by this process. */
  async paymentKeys(): Promise<string[]> {
    const rows = await this.testDb.database.db.execute<{ key: string }>(sql`
      select key from ledger_transfers where type in ('TIP_SPEND', 'PROMPT_UNLOCK_SPEND', 'REMIX_SETTLE')
        and debit_user_id = any(${sql.param([...this.users])}::uuid[]) order by id`);
    return rows.map(({ key }) => key);
  }

  /** Null if there are no payments. */
  async reverse(nth: number): Promise<KeyedReversal | null> {
    const keys = await this.paymentKeys();
    const key = keys[nth % keys.length];
    // biome-ignore lint/complexity/useLiteralKeys: it is private.
    return key === undefined ? null : { key, ...(await this.reversals["reverse"](key, "a test")) };
  }

  /** An operator keeps the income frozen. */
  holdIncomes(user: number) {
    return this.incomes.hold(this.users[user] as string);
  }

  ban(user: number) {
    return this.bans.ban({ userId: this.users[user] as string }, "a test");
  }

  unban(user: number) {
    return this.bans.unban({ userId: this.users[user] as string });
  }

  async balances(user: number) {
    const found = await balancesOf(this.testDb.database.db, this.users[user] as string);
    if (!found) throw new Error("no wallet");
    const { creditsFree: free, creditsHeld: held, coinsFree: coins, coinsPending: pending } = found;
    return { free, held, coins, pending };
  }

  async incomesOf(user: number): Promise<{ units: number; state: string }[]> {
    const rows = await this.testDb.database.db.execute<{ units: number; state: string }>(sql`
      select units::int as units, state::text as state from incomes where user_id = ${this.users[user]} order by id`);
    return rows.map(({ units, state }) => ({ units, state }));
  }

  private publicIdOf(work: number): string {
    return workPrefix.toPublicId(this.works[work]?.id as string);
  }
}

/** A seeded work becomes a remix of the first of these. */
async function makeRemix({ database }: TestDatabase, id: string, above: string[]): Promise<void> {
  const source = above[0] as string;
  await database.db.execute(
    sql`update tasks set remix_of = ${source}, prompt_task_ids = array[${source}::uuid] where id = ${id}`,
  );
  await database.db.execute(sql`update works set remix_of = ${source} where id = ${id}`);
  for (const [n, sourceId] of above.entries())
    await database.db.execute(sql`
      insert into work_lineage (work_id, level, source_id, title) values (${id}, ${n + 1}, ${sourceId}, 'A cat')`);
  await database.db.execute(sql`update work_stats set remixes = remixes + 1 where work_id = ${source}`);
}
