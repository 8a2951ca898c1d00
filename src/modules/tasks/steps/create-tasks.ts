import { Batcher } from "../../../platform/async/batcher.js";
import { AppError, renamingFields } from "../../../platform/base/app-error.js";
import { NotFound } from "../../../platform/base/common-errors.js";
import { postgresCode } from "../../../platform/db/index.js";
import { firstResultOf, type KeyedCall, parseKey } from "../../../platform/idempotency/idempotency.js";
import { newUuid } from "../../../platform/ids/ids.js";
import { serializeRequestInfo } from "../../../platform/observability/request-info.js";
import { span } from "../../../platform/observability/tracing.js";
import type { Ratio } from "../../catalog/index.js";
import { ownsMedia } from "../../media/index.js";
import { ownsProject } from "../../projects/index.js";
import { balancesOf, explainRefusal, type HoldLimits } from "../../wallet/index.js";
import { announceNewTasks } from "../announce.js";
import { checkExpectedIn } from "../deadlines.js";
import { quotaExceeded } from "../task-quotas.js";
import type { TaskContext } from "../tasks.context.js";
import { crashPoint } from "../tasks.crash-points.js";
import { PriceChanged, VendorUnavailable } from "../tasks.errors.js";
import { type NewTask, type TaskRow, tasksByIds } from "../tasks.repository.js";
import { type CreatedTasks, insertTasks, type PricedTasks } from "./create-tasks.repository.js";

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
  mutation: "createTask" | "createTasks" | "retryTask";
  idempotencyKey: string | null;
  orders: readonly TaskOrder[];
  /** The call's input for its idempotency key, if the orders are not it. */
  keyInput?: object;
  /** The path of the client's argument that a field of the nth order came from. */
  fieldOf(field: string, nth: number): string;
}

/** SQLSTATE classes after which PostgreSQL has surely rolled back: a constraint, bad data, a deadlock. */
const surelyRolledBack = /^(22|23|40)/;
const triesMax = 3;

/**
 * Prices the orders, holds their credits and stores the tasks, to which workers give their jobs. A
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
        renamingFields(
          (field) => command.fieldOf(field, nth),
          () => ({ ...this.price(userId, order), batchId }),
        ),
      );
      await this.rejectForeignIds(command);
      return await this.store({ ...call, tasks, requestInfo: serializeRequestInfo() });
    } catch (error) {
      // Tasks that were created under this key stay, whatever they would cost now.
      const first = error instanceof AppError && (await this.firstResult(call));
      if (first) return first;
      throw error;
    }
  }

  private price(userId: string, order: TaskOrder): Omit<NewTask, "batchId"> {
    const { catalog, clock } = this.context;
    const { maxCostCredits, ...stored } = order;
    const withImage = order.referenceImageId !== null;
    const costCredits = catalog.getPrice({ ...order, withImage }, clock.now());
    if (maxCostCredits !== null && costCredits > maxCostCredits)
      throw new PriceChanged(costCredits, maxCostCredits);
    if (!this.hasHealthyVendor(order)) throw new VendorUnavailable();
    return { id: newUuid(), userId, costCredits, nextCheckAt: checkExpectedIn(this.context, 0), ...stored };
  }

  private hasHealthyVendor(order: TaskOrder): boolean {
    const { catalog, vendors, health } = this.context;
    return catalog.vendorsFor(order).some((route) => {
      const vendor = vendors.findByCatalogName(route.vendor);
      return vendor !== null && health.isHealthy(vendor.name);
    });
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
      await this.rejectIfOverLimit(call);
    }
    throw new Error(`tasks within the limits could not be stored, ${triesMax} times in a row`);
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
      if (!surelyRolledBack.test(postgresCode(error) ?? "")) throw error;
      return batch.map(() => null);
    }
  }

  private async insert(batch: readonly PricedTasks[]): Promise<(CreatedTasks | null)[]> {
    const results = await insertTasks(this.context.db, batch, this.limitsNow());
    const created = results.flatMap((result) => result?.tasks ?? []);
    if (created.length === 0) return results;
    crashPoint("create-task.committed");
    announceNewTasks(this.context.bus, created);
    return results;
  }

  private async rejectIfOverLimit({ userId, tasks }: PricedTasks): Promise<void> {
    const credits = tasks.reduce((sum, task) => sum + task.costCredits, 0);
    const wanted = { credits, holds: tasks.length };
    const refusal = await explainRefusal(this.context.db, userId, wanted, this.limitsNow());
    if (refusal) throw await quotaExceeded(this.context, userId, refusal);
  }

  private limitsNow(): HoldLimits {
    const { maxConcurrentTasks, maxTasksPerDay } = this.context.limits;
    const day = this.context.clock.now().toISOString().slice(0, 10);
    return { openMax: maxConcurrentTasks, perDayMax: maxTasksPerDay, day };
  }
}
