import type { Queryable, Tx } from "../../platform/db/index.js";
import type { RemixSource } from "./steps/create-tasks.repository.js";
import { crashPoint } from "./tasks.crash-points.js";
import { type TaskRow, tasksByIds } from "./tasks.repository.js";

/** To be called after the commit: notifies the users whose money moved. */
export type AfterCommit = () => void;

/**
 * The works that tasks are made from, as far as tasks need them. The works module implements it, because tasks does not import
 * works. All of it runs in the caller's transaction. Ids are bare UUIDs.
 */
export interface RemixHooks {
  /** Locks the work against changes. Null if the user may not see it. Throws NotRemixable. */
  lockSource(tx: Tx, order: { userId: string; workId: string }): Promise<RemixSource | null>;
  /** Throws if the user may not pay fees yet. */
  assertMayPay(tx: Tx, userId: string): Promise<void>;
  /** Pays the held fee to the creators. Called before any other verb of the ledger, so that it locks all wallets first. */
  settled(tx: Tx, task: TaskRow): Promise<AfterCommit>;
  /** Returns the held fee. The end of the task notifies its owner. */
  refunded(tx: Tx, task: TaskRow): Promise<void>;
}

/** The work that a new task is made from. */
export interface RemixOrder {
  workId: string;
  /** Refusal for a work that the user may not see. */
  notFound(): Error;
}

const nothing: AfterCommit = () => {};

/** Before any other verb of the ledger. Does nothing for a task without a fee. */
export async function settleFeeOf(
  { remixes }: { remixes: RemixHooks },
  tx: Tx,
  task: TaskRow,
): Promise<AfterCommit> {
  if (task.remixFeeCredits === 0) return nothing;
  const afterCommit = await remixes.settled(tx, task);
  crashPoint("settle-task.fee-settled");
  return afterCommit;
}

/** Does nothing for a task without a fee. */
export async function refundFeeOf(
  { remixes }: { remixes: RemixHooks },
  tx: Tx,
  task: TaskRow,
): Promise<void> {
  if (task.remixFeeCredits === 0) return;
  await remixes.refunded(tx, task);
  crashPoint("refund-task.fee-refunded");
}

/**
 * The text for the vendor: the prompts of the works that a remix was made from, the original first, then its own.
 * Empty ones are left out. It must never be stored, logged or shown to anyone.
 */
export async function joinedPrompt(db: Queryable, task: TaskRow): Promise<string> {
  if (task.promptTaskIds.length === 0) return task.prompt;
  const rows = await tasksByIds(db, task.promptTaskIds);
  const prompts = new Map(rows.map(({ id, prompt }) => [id, prompt]));
  const parts = task.promptTaskIds.map((id) => prompts.get(id));
  if (parts.includes(undefined)) throw new Error(`task ${task.id} is made from a task that does not exist`);
  return [...parts, task.prompt].filter((part) => part !== "").join(" ");
}
