import { and, asc, desc, eq, inArray, isNull, sql } from "drizzle-orm";
import { OperatorError } from "../../../platform/base/operator-error.js";
import { parseText } from "../../../platform/base/validation.js";
import type { Db, Tx } from "../../../platform/db/index.js";
import type { EventBus } from "../../../platform/events/event-bus.js";
import { lockActiveUser, userPrefix } from "../../accounts/index.js";
import { taskPrefix } from "../../tasks/index.js";
import {
  entryPrefix,
  feeEndKey,
  incomePrefix,
  incomes,
  type PaymentKind,
  type Reversal,
  reversePayment,
  walletChanged,
} from "../../wallet/index.js";
import { crashPoint } from "../works.crash-points.js";
import { workPrefix } from "../works.ids.js";
import { workStatDeltas } from "../works.tables.js";
import { workChanged } from "../works.topics.js";
import { promptUnlocks, tips, workTippers } from "./payments.tables.js";

const reasonLength = { min: 1, max: 500 };

const keyKinds: Record<string, PaymentKind> = { tip: "TIP", unlock: "PROMPT_UNLOCK", "remix-end": "REMIX" };

/** The reversals of what was frozen of a work. */
export interface FrozenReversals {
  payments: number;
  credits: number;
  /** Payments that stand, with the public ids of their payers and a sentence for operators. */
  failures: { payerId: string; problem: string }[];
}

/** Operators' reversals. Errors are OperatorErrors, whose messages are sentences for operators. */
export class PaymentReversals {
  constructor(
    private readonly db: Db,
    private readonly bus: EventBus,
  ) {}

  /** `id` is the entry that the payer sees, or the income that the creator sees. */
  async reverseTip(id: string, reason: string): Promise<Reversal> {
    const tipId = entryPrefix.toUuid(id) ?? (await this.tipOfIncome(id));
    const [tip] = tipId ? await this.db.select().from(tips).where(eq(tips.id, tipId)) : [];
    if (!tip) throw new OperatorError(`There is no tip ${id}.`);
    return this.reverse(`tip:${tip.id}`, reason);
  }

  /** The prompt of a work that the user paid for. If it was paid for several times, the last one counts. */
  async reverseUnlock(workId: string, userId: string, reason: string): Promise<Reversal> {
    const id = workPrefix.toUuid(workId);
    const [last] = id
      ? await this.db
          .select({ id: promptUnlocks.id })
          .from(promptUnlocks)
          .where(and(eq(promptUnlocks.workId, id), eq(promptUnlocks.userId, userId)))
          .orderBy(desc(promptUnlocks.createdAt), desc(promptUnlocks.id))
          .limit(1)
      : [];
    if (!last) throw new OperatorError(`This user has not paid for the prompt of ${workId}.`);
    return this.reverse(`unlock:${last.id}`, reason);
  }

  /** The fee of a remix that was paid. */
  async reverseRemix(id: string, reason: string): Promise<Reversal> {
    const taskId = taskPrefix.toUuid(id);
    const key = taskId && feeEndKey(taskId);
    const [income] = key
      ? await this.db.select({ id: incomes.id }).from(incomes).where(eq(incomes.paymentKey, key)).limit(1)
      : [];
    if (!key || !income) throw new OperatorError(`The fee of ${id} was not paid to anyone.`);
    return this.reverse(key, reason);
  }

  /** Reverses the tips and unlocks of a work whose income is still frozen. One that fails does not stop the others. */
  async reverseFrozen(workId: string, reason: string): Promise<FrozenReversals> {
    const frozen = await this.db
      .select({ key: incomes.paymentKey, payerId: incomes.payerId })
      .from(incomes)
      .where(
        and(
          eq(incomes.earningWorkId, workId),
          eq(incomes.state, "PENDING"),
          inArray(incomes.type, ["TIP", "PROMPT_UNLOCK"]),
        ),
      )
      .orderBy(asc(incomes.releaseAt), asc(incomes.id));
    const result: FrozenReversals = { payments: 0, credits: 0, failures: [] };
    for (const { key, payerId } of frozen) {
      try {
        const reversal = await this.undo(key, reason, { onlyIfFrozen: true });
        if (!reversal) continue;
        result.payments += 1;
        result.credits += reversal.credits;
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error;
        result.failures.push({ payerId: userPrefix.toPublicId(payerId), problem: error.message });
      }
    }
    return result;
  }

  private async reverse(key: string, reason: string): Promise<Reversal> {
    const reversal = await this.undo(key, reason, { onlyIfFrozen: false });
    if (!reversal) throw new Error(`there is no payment ${key}`);
    return reversal;
  }

  /** Undoes a payment in one transaction: money, rows and counts. Null if there is nothing to undo. */
  private async undo(
    key: string,
    reason: string,
    { onlyIfFrozen }: { onlyIfFrozen: boolean },
  ): Promise<Reversal | null> {
    const why = parseText("reason", reason, reasonLength);
    const [name, id] = key.split(":") as [string, string];
    const kind = keyKinds[name];
    if (!kind) throw new Error(`${key} is no payment`);
    const { reversal, workId } = await this.db.transaction(async (tx) => {
      const reversal = await reversePayment(tx, { kind, key, reason: why, onlyIfFrozen });
      return { reversal, workId: reversal?.isNew && (await closeRow(tx, kind, id)) };
    });
    if (!reversal?.isNew) return reversal;
    crashPoint("reverse-payment.committed");
    const userIds = [reversal.payerId, ...reversal.creatorIds];
    this.bus.publish(walletChanged, ...userIds.map((userId) => ({ userId })));
    if (workId) this.bus.publish(workChanged, { workId });
    return reversal;
  }

  private async tipOfIncome(id: string): Promise<string | null> {
    const incomeId = incomePrefix.toUuid(id);
    if (!incomeId) return null;
    const [income] = await this.db
      .select({ key: incomes.paymentKey })
      .from(incomes)
      .where(and(eq(incomes.id, incomeId), eq(incomes.type, "TIP")));
    return income ? income.key.slice("tip:".length) : null;
  }
}

/** Closes the payment's own row. Returns the work if its counts have changed. The favorite of a tip stays. */
async function closeRow(tx: Tx, kind: PaymentKind, id: string): Promise<string | null> {
  if (kind === "REMIX") return null;
  const table = kind === "TIP" ? tips : promptUnlocks;
  const [row] = await tx
    .update(table)
    .set({ reversedAt: sql`clock_timestamp()` })
    .where(and(eq(table.id, id), isNull(table.reversedAt)))
    .returning({ workId: table.workId, userId: table.userId, credits: table.credits });
  if (!row) throw new Error(`payment ${id} has no row`);
  if (kind !== "TIP") return null;
  const isCounted = await lockActiveUser(tx, row.userId);
  await tx.execute(sql`
    with tipper as (
      update ${workTippers} set tips = tips - 1, credits = credits - ${row.credits}
      where work_id = ${row.workId} and user_id = ${row.userId} returning tips
    )
    insert into ${workStatDeltas} (work_id, tips, tippers, tipped_credits)
    select ${row.workId}::uuid, -1, -(tips = 0)::int, ${-row.credits}::int from tipper where ${isCounted}`);
  return row.workId;
}
