import { and, eq, sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import type { EventBus } from "../../../platform/events/event-bus.js";
import { users } from "../../accounts/accounts.tables.js";
import { type AfterCommit, NotRemixable, type RemixHooks, type RemixSource } from "../../tasks/index.js";
import { tasks } from "../../tasks/tasks.tables.js";
import { lockWallets, refundFee, settleFee, walletChanged } from "../../wallet/index.js";
import { assertAccountAge } from "../payments/payers.js";
import { listedWork, visibleWork } from "../visibility.js";
import { works } from "../works.tables.js";
import { levelsOf, paidLevels } from "./lineage.repository.js";

interface RemixHooksDependencies {
  bus: EventBus;
  /** How long income is frozen. */
  freezeMs: number;
  /** Younger accounts pay no fees. */
  accountAgeMinMs: number;
}

/** The works' part in the life of a task that is made from a work. */
export class WorkRemixHooks implements RemixHooks {
  constructor(private readonly deps: RemixHooksDependencies) {}

  async lockSource(
    tx: Tx,
    { userId, workId }: { userId: string; workId: string },
  ): Promise<RemixSource | null> {
    const viewer = sql`${userId}::uuid`;
    const [work] = await tx
      .select({
        taskId: works.taskId,
        promptTaskIds: tasks.promptTaskIds,
        remixable: works.remixable,
        feeCredits: works.remixFeeCredits,
        isListed: sql<boolean>`(${listedWork(viewer)})`,
      })
      .from(works)
      .innerJoin(users, eq(users.id, works.userId))
      .innerJoin(tasks, eq(tasks.id, works.taskId))
      .where(and(eq(works.id, workId), visibleWork(viewer)))
      .for("share", { of: works });
    if (!work) return null;
    if (!work.remixable || !work.isListed) throw new NotRemixable("workId");
    const receivers = paidLevels(await levelsOf(tx, workId), userId);
    return {
      workId,
      feeCredits: receivers.length === 0 ? 0 : work.feeCredits,
      promptTaskIds: [...work.promptTaskIds, work.taskId],
    };
  }

  assertMayPay(tx: Tx, userId: string): Promise<void> {
    return assertAccountAge(tx, userId, this.deps.accountAgeMinMs);
  }

  async settled(
    tx: Tx,
    { id: taskId, userId, remixOf, remixFeeCredits: credits }: Parameters<RemixHooks["settled"]>[1],
  ): Promise<AfterCommit> {
    const workId = remixOf as string;
    const receivers = paidLevels(await levelsOf(tx, workId), userId).map((level) => ({
      userId: level.authorId,
      workId: level.workId,
      level: level.level,
    }));
    await lockWallets(tx, [userId, ...receivers.map((receiver) => receiver.userId)]);
    if (receivers.length === 0) {
      await refundFee(tx, taskId);
      return () => {};
    }
    const { bus, freezeMs } = this.deps;
    await settleFee(tx, { taskId, credits, workId, receivers, freezeMs });
    const creators = new Set(receivers.map((receiver) => receiver.userId));
    return () => bus.publish(walletChanged, ...[...creators].map((creatorId) => ({ userId: creatorId })));
  }

  async refunded(tx: Tx, { id }: { id: string }): Promise<void> {
    await refundFee(tx, id);
  }
}
