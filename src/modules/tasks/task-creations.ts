import { Batcher } from "../../platform/async/batcher.js";
import { crashPoint } from "../../platform/base/fault-injection.js";
import { postgresCode } from "../../platform/db/index.js";
import { firstResultOf } from "../../platform/idempotency/idempotency.js";
import { serializeRequestInfo } from "../../platform/observability/request-info.js";
import { balancesOf, explainRefusal, type HoldLimits } from "../wallet/index.js";
import { type AskedCall, type Creation, type CreationCall, storeCreations } from "./creations.repository.js";
import { quotaExceeded } from "./task-quotas.js";
import { announceNewTasks, type Creations, type TaskContext } from "./tasks.context.js";
import { type TaskRow, tasksByIds } from "./tasks.repository.js";

/** Why a group can come back as if it had never been sent: a constraint, bad data, a deadlock. */
const surelyRolledBack = /^(22|23|40)/;
const triesMax = 3;

/**
 * Calls that make tasks, of all users together: those that come at the same time share one statement
 * and one commit. A call that the group had to leave out is looked at by itself.
 */
export class TaskCreations implements Creations {
  private readonly groups = new Batcher<AskedCall, Creation | null>({
    run: (calls) => this.storeTogether(calls),
    concurrency: 2,
    batchSizeMax: 64,
    exclusiveKey: ({ userId, mutation, key }) => key && JSON.stringify([userId, mutation, key]),
  });

  constructor(private readonly saga: Omit<TaskContext, "creations">) {}

  /** Throws InsufficientCredits, QuotaExceeded and IdempotencyKeyReused; then nothing was stored. */
  async create(call: CreationCall): Promise<Creation> {
    const asked = { ...call, origin: serializeRequestInfo() };
    for (let tries = 0; tries < triesMax; tries++) {
      const made = tries === 0 ? await this.groups.add(asked) : await this.storeAlone(asked);
      const answer = made ?? (await this.firstAnswerTo(call));
      if (answer) return answer;
      await this.refuseIfItCannotFit(call);
    }
    throw new Error("a call that should have fitted was left out again and again");
  }

  /** What an earlier call under the same key made. Null: there was none. Throws IdempotencyKeyReused. */
  async firstAnswerTo(call: Omit<CreationCall, "tasks">): Promise<Creation | null> {
    const ids = await firstResultOf<string[]>(this.saga.db, call);
    if (!ids) return null;
    const [rows, wallet] = await Promise.all([
      tasksByIds(this.saga.db, ids),
      balancesOf(this.saga.db, call.userId),
    ]);
    if (!wallet) throw new Error(`user ${call.userId} has no wallet`);
    crashPoint("create-task.replayed");
    const byId = new Map(rows.map((row) => [row.id, row]));
    return { tasks: ids.map((id) => byId.get(id) as TaskRow), wallet };
  }

  private async storeTogether(calls: readonly AskedCall[]): Promise<(Creation | null)[]> {
    try {
      return await this.store(calls);
    } catch (error) {
      // Whatever else went wrong may have gone right at the database: nothing is sent a second time.
      if (!surelyRolledBack.test(postgresCode(error) ?? "")) throw error;
      return calls.map(() => null);
    }
  }

  private async storeAlone(call: AskedCall): Promise<Creation | null> {
    return (await this.store([call]))[0] ?? null;
  }

  private async store(calls: readonly AskedCall[]): Promise<(Creation | null)[]> {
    const creations = await storeCreations(this.saga.db, calls, this.limitsNow());
    const made = creations.flatMap((creation) => creation?.tasks ?? []);
    if (made.length === 0) return creations;
    crashPoint("create-task.committed");
    announceNewTasks(this.saga.bus, made);
    return creations;
  }

  private async refuseIfItCannotFit({ userId, tasks }: CreationCall): Promise<void> {
    const credits = tasks.reduce((sum, task) => sum + task.costCredits, 0);
    const wanted = { credits, holds: tasks.length };
    const refusal = await explainRefusal(this.saga.db, userId, wanted, this.limitsNow());
    if (refusal) throw await quotaExceeded(this.saga, userId, refusal);
  }

  private limitsNow(): HoldLimits {
    const { maxConcurrentTasks, maxTasksPerDay } = this.saga.limits;
    const day = this.saga.clock.now().toISOString().slice(0, 10);
    return { openMax: maxConcurrentTasks, perDayMax: maxTasksPerDay, day };
  }
}
