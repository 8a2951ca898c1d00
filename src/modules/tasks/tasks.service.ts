import { RowLoader } from "../../platform/async/batcher.js";
import { withFieldPath } from "../../platform/base/app-error.js";
import { BadUserInput, NotFound } from "../../platform/base/common-errors.js";
import { parseText } from "../../platform/base/validation.js";
import { type Connection, type PageArgs, readPage } from "../../platform/graphql/connection.js";
import type { Loaders } from "../../platform/graphql/request-context.js";
import type { RequestedFields } from "../../platform/graphql/requested-fields.js";
import type { IdPrefix } from "../../platform/ids/ids.js";
import type { ReadRouter } from "../../platform/lists/read-router.js";
import type { AspectRatio, Ratio } from "../catalog/index.js";
import { mediaPrefix } from "../media/index.js";
import { ownsProject, projectPrefix } from "../projects/index.js";
import {
  type Entry,
  entriesByKeys,
  feeEndKey,
  feeHoldKey,
  holdEndKey,
  holdKey,
  LedgerEntry,
  reverseKey,
  Wallet,
} from "../wallet/index.js";
import { DurationEstimates } from "./duration-estimates.js";
import { cancelTask } from "./steps/cancel-task.js";
import { TaskCreator, type TaskOrder } from "./steps/create-tasks.js";
import { isFinal } from "./task-states.js";
import type { TaskContext } from "./tasks.context.js";
import { NothingToRetry, NotRemixable, TooLateToCancel } from "./tasks.errors.js";
import {
  type CancelTaskPayload,
  type CreateTaskInput,
  type CreateTaskPayload,
  type CreateTasksInput,
  type CreateTasksPayload,
  type RetryTaskInput,
  Task,
  type TaskFilter,
} from "./tasks.graphql.js";
import { batchPrefix, taskPrefix } from "./tasks.ids.js";
import { type TaskRow, taskById, tasksByIds } from "./tasks.repository.js";
import { tasksOfUser, toFilters } from "./tasks-list.js";

export const promptLengthMax = 1000;
export const noteLengthMax = 500;
export const batchSizeMax = 20;

/** Input of remixWork, with the work's bare UUID. */
export interface RemixCommand extends Omit<CreateTaskInput, "idempotencyKey" | "ratio"> {
  workId: string;
  /** Null: the source's. */
  ratio: AspectRatio | null;
  sourceRatio: AspectRatio;
  idempotencyKey: string | null;
}

/** The use cases of a task's owner. */
export class TasksService {
  private readonly creator: TaskCreator;
  private readonly rows: RowLoader<TaskRow>;
  /** `id` is the key of the transfer. */
  private readonly entries: RowLoader<{ id: string; entry: Entry }>;
  private readonly estimates: DurationEstimates;
  private readonly ofUser = tasksOfUser();

  constructor(
    private readonly context: TaskContext,
    private readonly lists: ReadRouter,
  ) {
    this.creator = new TaskCreator(context);
    this.rows = new RowLoader((ids) => tasksByIds(context.db, ids));
    this.entries = new RowLoader(async (keys) =>
      (await entriesByKeys(context.db, keys)).map((entry) => ({ id: entry.key, entry })),
    );
    this.estimates = new DurationEstimates(context.db, context.clock);
  }

  async create(userId: string, input: CreateTaskInput): Promise<CreateTaskPayload> {
    const { tasks, wallet } = await this.creator.create({
      userId,
      mutation: "createTask",
      idempotencyKey: input.idempotencyKey ?? null,
      orders: [readOrder(input)],
      fieldOf: (field) => field,
    });
    return { task: Task.of(tasks[0] as TaskRow), wallet: Wallet.of(wallet) };
  }

  async createBatch(userId: string, input: CreateTasksInput): Promise<CreateTasksPayload> {
    if (input.tasks.length < 1 || input.tasks.length > batchSizeMax) {
      throw new BadUserInput(
        "tasks",
        `A batch has 1 to ${batchSizeMax} tasks.`,
        `一批须包含 1 到 ${batchSizeMax} 个任务。`,
      );
    }
    const withKey = input.tasks.findIndex((task) => task.idempotencyKey != null);
    if (withKey >= 0) {
      throw new BadUserInput(
        fieldInBatch("idempotencyKey", withKey),
        "A batch has one idempotencyKey of its own.",
        "批量创建时请使用整批的 idempotencyKey。",
      );
    }
    const { tasks, wallet } = await this.creator.create({
      userId,
      mutation: "createTasks",
      idempotencyKey: input.idempotencyKey ?? null,
      orders: input.tasks.map((task, nth) =>
        withFieldPath(
          (field) => fieldInBatch(field, nth),
          () => readOrder(task),
        ),
      ),
      fieldOf: fieldInBatch,
    });
    const batchId = batchPrefix.toPublicId(tasks[0]?.batchId as string);
    return { batchId, tasks: tasks.map((row) => Task.of(row)), wallet: Wallet.of(wallet) };
  }

  /**
   * A task made from a work. `prompt` are the user's own words, which may be none. Throws every error of createTask and
   * of the works' hooks.
   */
  async remix(
    userId: string,
    { workId, prompt, idempotencyKey, ratio, sourceRatio, ...input }: RemixCommand,
  ): Promise<CreateTaskPayload> {
    const order = { ...readOrder({ ...input, ratio: ratio ?? sourceRatio, prompt: "-" }), prompt };
    const { tasks, wallet } = await this.creator.create({
      ...{ userId, mutation: "remixWork", idempotencyKey },
      orders: [order],
      remix: { workId, notFound: () => new NotFound("workId") },
      // As the client gave it: the source of a repeated call may be gone, and its ratio with it.
      keyInput: { workId, ...order, ratio },
      fieldOf: (field) => field,
    });
    return { task: Task.of(tasks[0] as TaskRow), wallet: Wallet.of(wallet) };
  }

  /** A canceled task is returned unchanged. Throws NotFound and TooLateToCancel. */
  async cancel(userId: string, id: string): Promise<CancelTaskPayload> {
    const { row } = await this.own(userId, id);
    const now = (await cancelTask(this.context, row.id)) ?? (await taskById(this.context.db, row.id));
    if (now?.status !== "CANCELED") throw new TooLateToCancel();
    return { task: Task.of(now), wallet: await this.context.wallets.walletOf(userId) };
  }

  /** Throws NotFound, NothingToRetry and every error of createTask. */
  async retry(userId: string, input: RetryTaskInput): Promise<CreateTaskPayload> {
    const { row } = await this.own(userId, input.taskId);
    if (row.status !== "FAILURE" && row.status !== "CANCELED") throw new NothingToRetry();
    const { tasks, wallet } = await this.creator.create({
      userId,
      mutation: "retryTask",
      idempotencyKey: input.idempotencyKey ?? null,
      orders: [await this.sameOrder(row)],
      remix: row.remixOf === null ? null : { workId: row.remixOf, notFound: () => new NotRemixable() },
      keyInput: { taskId: row.id },
      fieldOf: () => "taskId",
    });
    return { task: Task.of(tasks[0] as TaskRow), wallet: Wallet.of(wallet) };
  }

  /** If the project has been deleted meanwhile, the new task belongs to none. */
  private async sameOrder(row: TaskRow): Promise<TaskOrder> {
    const { prompt, durationSec, model, hd, note, referenceImageId } = row;
    const isThere = row.projectId !== null && (await ownsProject(this.context.db, row.userId, row.projectId));
    const projectId = isThere ? row.projectId : null;
    const same = { prompt, durationSec, model, hd, note, referenceImageId };
    return { ...same, projectId, ratio: row.ratio as Ratio, maxCostCredits: null };
  }

  private async own(userId: string, id: string): Promise<Task> {
    const task = await this.findByPublicId(userId, id);
    if (!task) throw new NotFound("taskId");
    return task;
  }

  /** Null if the user has no such task. */
  async find(userId: string, uuid: string): Promise<Task | null> {
    const row = await this.rows.load(uuid);
    return row?.userId === userId ? Task.of(row) : null;
  }

  findByPublicId(userId: string, id: string): Promise<Task | null> {
    const uuid = taskPrefix.toUuid(id);
    return uuid ? this.find(userId, uuid) : Promise.resolve(null);
  }

  async list(
    userId: string,
    args: PageArgs & { filter: TaskFilter | null },
    fields: RequestedFields,
  ): Promise<Connection<Task>> {
    const page = readPage(args);
    const filters = toFilters(args.filter);
    if (!filters) return this.ofUser.empty(page);
    const request = { params: { user_id: userId }, filters, page, fields };
    return this.lists.read([userId], (db) => this.ofUser.read(db, request, Task.of));
  }

  /** Every transfer of credits for a task, oldest first. */
  async entriesOf(task: Task, loaders: Loaders): Promise<LedgerEntry[]> {
    const byKey = loaders.get(this.loadEntries);
    const found = await Promise.all(entryKeysOf(task.row).map((key) => byKey.load(key)));
    return found
      .filter((entry) => entry !== null)
      .sort((a, b) => a.sequence - b.sequence)
      .map(LedgerEntry.of);
  }

  /** Null if there are no similar tasks to learn from, and for an ended task. */
  async estimatedFinishOf({ row }: Task, loaders: Loaders): Promise<Date | null> {
    if (isFinal(row.status)) return null;
    const estimate = await loaders.get(this.estimates.load).load(DurationEstimates.kindOf(row));
    return estimate && this.estimates.finishOf(row, estimate);
  }

  loadTasks = async (ids: readonly string[]): Promise<Map<string, Task>> => {
    const rows = await this.rows.loadMany(ids);
    return new Map(rows.map((row) => [row.id, Task.of(row)]));
  };

  private loadEntries = async (keys: readonly string[]): Promise<Map<string, Entry>> => {
    const found = await this.entries.loadMany(keys);
    return new Map(found.map(({ id, entry }) => [id, entry]));
  };
}

/** Price and fee of a task: their holds, ends, and a reversal of the fee. */
function entryKeysOf({ id, remixOf }: TaskRow): string[] {
  const ofPrice = [holdKey(id), holdEndKey(id)];
  if (remixOf === null) return ofPrice;
  const feeEnd = feeEndKey(id);
  return [...ofPrice, feeHoldKey(id), feeEnd, reverseKey(feeEnd)];
}

function fieldInBatch(field: string, nth: number): string {
  return `tasks.${nth}.${field}`;
}

function readOrder(input: CreateTaskInput): TaskOrder {
  return {
    prompt: parseText("prompt", input.prompt, { min: 1, max: promptLengthMax }),
    durationSec: input.durationSec,
    ratio: input.ratio,
    model: input.model,
    hd: input.hd,
    maxCostCredits: input.maxCostCredits ?? null,
    note: input.note == null ? null : parseText("note", input.note, { min: 0, max: noteLengthMax }),
    projectId: readId(projectPrefix, "projectId", input.projectId),
    referenceImageId: readId(mediaPrefix, "referenceImageId", input.referenceImageId),
  };
}

/** A malformed id is NOT_FOUND, like one that does not exist. */
function readId(
  prefix: IdPrefix,
  field: "projectId" | "referenceImageId",
  id: string | null | undefined,
): string | null {
  if (id == null) return null;
  const uuid = prefix.toUuid(id);
  if (!uuid) throw new NotFound(field);
  return uuid;
}
