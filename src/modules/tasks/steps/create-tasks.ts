import { Batcher } from "../../../platform/async/batcher.js";
import { AppError, withFieldPath } from "../../../platform/base/app-error.js";
import { NotFound } from "../../../platform/base/common-errors.js";
import { isSurelyRolledBack, type Queryable, type Tx } from "../../../platform/db/index.js";
import { firstResultOf, type KeyedCall, parseKey } from "../../../platform/idempotency/idempotency.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { serializeRequestInfo } from "../../../platform/observability/request-info.js";
import { span } from "../../../platform/observability/tracing.js";
import type { Ratio } from "../../catalog/index.js";
import { ownsMedia } from "../../media/index.js";
import { ownsProject } from "../../projects/index.js";
import { balancesOf, explainRefusal, type HoldLimits, holdFee } from "../../wallet/index.js";
import { announceNewTasks } from "../announce.js";
import { checkExpectedIn } from "../deadlines.js";
import type { RemixOrder } from "../remixes.js";
import { quotaExceeded } from "../task-quotas.js";
import type { TaskContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import { PriceChanged, VendorUnavailable } from "../tasks.errors.js";
import { type TaskRow, tasksByIds } from "../tasks.repository.js";
import { type CreatedTasks, insertTasks, type NewTask, type PricedTasks } from "./create-tasks.repository.js";

/** A client's input, validated and with its defaults filled in. */
export interface TaskOrder {
  prompt: string;
  durationSec: number;
  ratio: Ratio;
  model: string;
  hd: boolean;
  maxCostCredits: number | null;
  note: string | null;
  /** Bare UUIDs; must be the user's own. */
  projectId: string | null;
  referenceImageId: string | null;
}

export interface CreateTasksCommand {
  userId: string;
  mutation: "createTask" | "createTasks" | "retryTask" | "remixWork";
  idempotencyKey: string | null;
  orders: readonly TaskOrder[];
  /** The work that the only task is made from. */
  remix?: RemixOrder | null;
  /** The call's input for its idempotency key, if the orders are not it. */
  keyInput?: object;
  /** The path of the client's argument that a field of the nth order came from. */
  fieldOf(field: string, nth: number): string;
}

/** One priced task that is made from a work. */
interface PricedRemix extends Omit<PricedTasks, "tasks"> {
  task: Omit<NewTask, "remix">;
}

const triesMax = 3;

/**
 * Prices the orders, holds their credits and stores the tasks. TaskDispatcher (dispatch/) gives them jobs. A
 * command creates all its tasks or none; repeated under its key, it gets its first result.
 *
 * Commands of all users that come at the same time share one statement and one commit. A command that
 * the statement had to skip is then stored or rejected alone.
 */
export class TaskCreator {
  private readonly batcher = new Batcher<PricedTasks, CreatedTasks | null>({
    run: (batch) => this.insertBatch(batch),
    concurrency: 2,
    batchSizeMax: 64,
    exclusiveKey: ({ userId, mutation, key }) => key && JSON.stringify([userId, mutation, key]),
  });

  constructor(private readonly context: TaskContext) {}

  create(command: CreateTasksCommand): Promise<CreatedTasks> {
    const attributes = { "skyriff.tasks": command.orders.length };
    return span("create tasks", { attributes }, () => this.createOrReplay(command));
  }

  private async createOrReplay(command: CreateTasksCommand): Promise<CreatedTasks> {
    const { userId, mutation, orders, idempotencyKey, keyInput } = command;
    const call = { userId, mutation, key: parseKey(idempotencyKey), input: keyInput ?? orders };
    try {
      const batchId = mutation === "createTasks" ? newUuid() : null;
      const tasks = orders.map((order, nth) =>
        withFieldPath(
          (field) => command.fieldOf(field, nth),
          () => ({
            ...this.toPricedTask(userId, order, command.remix ? null : order.maxCostCredits),
            batchId,
          }),
        ),
      );
      await this.rejectForeignIds(command);
      const priced = { ...call, requestInfo: serializeRequestInfo() };
      if (command.remix) {
        const [task, order] = [tasks[0] as PricedRemix["task"], orders[0] as TaskOrder];
        return await this.storeRemix({ ...priced, task }, command.remix, order);
      }
      return await this.store({ ...priced, tasks: tasks.map((task) => ({ ...task, remix: null })) });
    } catch (error) {
      // Tasks that were created under this key stay, whatever they would cost now.
      const first = error instanceof AppError && (await this.firstResult(call));
      if (first) return first;
      throw error;
    }
  }

  private toPricedTask(
    userId: string,
    order: TaskOrder,
    maxCostCredits: number | null,
  ): Omit<NewTask, "batchId" | "remix"> {
    const { catalog, clock, health } = this.context;
    const { maxCostCredits: _, ...stored } = order;
    const withImage = order.referenceImageId !== null;
    const costCredits = catalog.getPrice({ ...order, withImage }, clock.now());
    assertPrice(costCredits, maxCostCredits);
    if (!catalog.vendorsFor(order).some(({ vendor }) => health.isAvailable(vendor)))
      throw new VendorUnavailable();
    return { id: newUuid(), userId, costCredits, nextCheckAt: checkExpectedIn(this.context, 0), ...stored };
  }

  /** Another user's id is NOT_FOUND in the same words as one that does not exist. */
  private async rejectForeignIds({ userId, orders, fieldOf }: CreateTasksCommand): Promise<void> {
    for (const [field, owns] of [
      ["projectId", ownsProject],
      ["referenceImageId", ownsMedia],
    ] as const) {
      const ids = orders.map((order) => order[field]);
      for (const id of new Set(ids)) {
        if (id === null || (await owns(this.context.db, userId, id))) continue;
        throw new NotFound(fieldOf(field, ids.indexOf(id)));
      }
    }
  }

  /** Throws InsufficientCredits, QuotaExceeded and IdempotencyKeyReused; then nothing was stored. */
  private async store(call: PricedTasks): Promise<CreatedTasks> {
    for (let tries = 0; tries < triesMax; tries++) {
      const created = tries === 0 ? await this.batcher.add(call) : (await this.insert([call]))[0];
      const result = created ?? (await this.firstResult(call));
      if (result) return result;
      const { tasks, userId } = call;
      const credits = tasks.reduce((sum, task) => sum + task.costCredits, 0);
      await this.rejectIfOverLimit(this.context.db, userId, { credits, holds: tasks.length });
    }
    throw new Error(`tasks within the limits could not be stored, ${triesMax} times in a row`);
  }

  /**
   * As `store`, for the task of a remix, in a transaction of its own: the work is locked, so that its author's changes
   * come before or after. Also throws what the work's hooks throw, and PriceChanged.
   */
  private async storeRemix(call: PricedRemix, remix: RemixOrder, order: TaskOrder): Promise<CreatedTasks> {
    const storeOnce = () =>
      this.context.db
        .transaction((tx) => this.insertRemix(tx, call, remix, order))
        .catch((error: unknown) => {
          if (isSurelyRolledBack(error)) return null;
          throw error;
        });
    for (let tries = 0; tries < triesMax; tries++) {
      const created = await storeOnce();
      if (created) {
        this.announce(created.tasks);
        return created;
      }
      const first = await this.firstResult(call);
      if (first) return first;
    }
    throw new Error(`a remix within the limits could not be stored, ${triesMax} times in a row`);
  }

  private async insertRemix(
    tx: Tx,
    { task: priced, ...call }: PricedRemix,
    { workId, notFound }: RemixOrder,
    { maxCostCredits }: TaskOrder,
  ): Promise<CreatedTasks | null> {
    const { remixes } = this.context;
    const { userId } = call;
    const source = await remixes.lockSource(tx, { userId, workId });
    if (!source) throw notFound();
    const { id: taskId, costCredits } = priced;
    const task = { ...priced, remix: source };
    assertPrice(costCredits + source.feeCredits, maxCostCredits);
    if (source.feeCredits > 0) await remixes.assertMayPay(tx, userId);
    const [created] = await insertTasks(tx, [{ ...call, tasks: [task] }], this.limitsNow());
    if (!created && !(await firstResultOf(tx, call)))
      await this.rejectIfOverLimit(tx, userId, { credits: costCredits + source.feeCredits, holds: 1 });
    if (!created || source.feeCredits === 0) return created ?? null;
    await holdFee(tx, { userId, taskId, credits: source.feeCredits, takenBefore: costCredits });
    crashPoint("create-task.fee-held");
    const wallet = await balancesOf(tx, userId);
    if (!wallet) throw new Error(`user ${userId} has no wallet`);
    return { ...created, wallet };
  }

  /** The result of an earlier call under the same key, or null. Throws IdempotencyKeyReused. */
  private async firstResult(call: KeyedCall): Promise<CreatedTasks | null> {
    const { db } = this.context;
    const ids = await firstResultOf<string[]>(db, call);
    if (!ids) return null;
    const [rows, wallet] = await Promise.all([tasksByIds(db, ids), balancesOf(db, call.userId)]);
    if (!wallet) throw new Error(`user ${call.userId} has no wallet`);
    crashPoint("create-task.replayed");
    const byId = new Map(rows.map((row) => [row.id, row]));
    return { tasks: ids.map((id) => byId.get(id) as TaskRow), wallet };
  }

  private async insertBatch(batch: readonly PricedTasks[]): Promise<(CreatedTasks | null)[]> {
    try {
      return await this.insert(batch);
    } catch (error) {
      // After any other failure the commit may have happened, so nothing is sent a second time.
      if (!isSurelyRolledBack(error)) throw error;
      return batch.map(() => null);
    }
  }

  private async insert(batch: readonly PricedTasks[]): Promise<(CreatedTasks | null)[]> {
    const results = await insertTasks(this.context.db, batch, this.limitsNow());
    const created = results.flatMap((result) => result?.tasks ?? []);
    if (created.length === 0) return results;
    this.announce(created);
    return results;
  }

  /** After the commit. */
  private announce(created: readonly TaskRow[]): void {
    crashPoint("create-task.committed");
    announceNewTasks(this.context.bus, created);
  }

  private async rejectIfOverLimit(
    db: Queryable,
    userId: string,
    wanted: { credits: number; holds: number },
  ): Promise<void> {
    const refusal = await explainRefusal(db, userId, wanted, this.limitsNow());
    if (refusal) throw await quotaExceeded(this.context, db, userId, refusal);
  }

  private limitsNow(): HoldLimits {
    const { maxConcurrentTasks, maxTasksPerDay } = this.context.limits;
    const day = this.context.clock.now().toISOString().slice(0, 10);
    return { openMax: maxConcurrentTasks, perDayMax: maxTasksPerDay, day };
  }
}

function assertPrice(costCredits: number, maxCostCredits: number | null): void {
  if (maxCostCredits !== null && costCredits > maxCostCredits)
    throw new PriceChanged(costCredits, maxCostCredits);
}
