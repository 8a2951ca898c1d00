import { Field, ID, InputType, Int, ObjectType, registerEnumType } from "type-graphql";
import { connectionTypes } from "../../platform/graphql/connection.js";
import { type EagerRelations, Node } from "../../platform/graphql/node.js";
import { DateTime } from "../../platform/graphql/scalars.js";
import type { FieldColumns } from "../../platform/lists/list-query.js";
import { AspectRatio } from "../catalog/index.js";
import { Wallet } from "../wallet/index.js";
import { batchPrefix, taskPrefix } from "./tasks.ids.js";
import type { TaskRow } from "./tasks.repository.js";

export const taskFieldColumns: FieldColumns = {
  refunded: ["status"],
  failure: ["failureCode"],
  project: ["projectId"],
  referenceImage: ["referenceImageId"],
  video: ["status"],
  entries: ["id", "remixOf"],
  estimatedFinishAt: ["status", "model", "durationSec", "hd", "createdAt", "startedAt"],
};

export enum TaskStatusEnum {
  NOT_START = "NOT_START",
  QUEUED = "QUEUED",
  IN_PROGRESS = "IN_PROGRESS",
  SUCCESS = "SUCCESS",
  FAILURE = "FAILURE",
  CANCELED = "CANCELED",
}
registerEnumType(TaskStatusEnum, {
  name: "TaskStatus",
  description: "The stage of a task. It never goes back.",
  valuesConfig: {
    NOT_START: { description: "Paid for and stored, but not yet accepted by the vendor." },
    QUEUED: { description: "Accepted by the vendor, waiting there." },
    IN_PROGRESS: { description: "The vendor is making the video, or its file is being stored." },
    SUCCESS: { description: "The video is in our storage and ready to play." },
    FAILURE: { description: "The task ended without a video; the credits are refunded." },
    CANCELED: { description: "Canceled before the video was started; the credits are refunded." },
  },
});

export enum TaskFailureCode {
  VENDOR_REJECTED = "VENDOR_REJECTED",
  VENDOR_UNAVAILABLE = "VENDOR_UNAVAILABLE",
  CONTENT_POLICY = "CONTENT_POLICY",
  TIMEOUT = "TIMEOUT",
  INTERNAL = "INTERNAL",
}
registerEnumType(TaskFailureCode, {
  name: "TaskFailureCode",
  description: "Why a task ended in FAILURE.",
  valuesConfig: {
    VENDOR_REJECTED: { description: "The vendor rejected the order." },
    VENDOR_UNAVAILABLE: {
      description: "The vendor could not be reached or did not answer, or its file could not be downloaded.",
    },
    CONTENT_POLICY: { description: "The prompt or image violates the content rules." },
    TIMEOUT: { description: "Not finished within TASK_TIMEOUT_MS." },
    INTERNAL: { description: "The server failed." },
  },
});

@ObjectType({ simpleResolvers: true, description: "The reason why a task ended without a video." })
export class TaskFailure {
  @Field(() => TaskFailureCode, { description: "For programs." })
  code!: TaskFailureCode;
  @Field(() => String, { description: "For people. Never holds a vendor's address, key or raw answer." })
  message!: string;
}

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: "The generation of one video, from the order to its end.",
})
export class Task extends Node {
  @Field(() => String, {
    description: "The description of the video. For a remix, the owner's own words, which may be none.",
  })
  prompt: string;

  @Field(() => Int, { description: "The length of the video." })
  durationSec: number;

  @Field(() => AspectRatio, { description: "The aspect ratio of the video." })
  ratio: AspectRatio;

  @Field(() => String, { description: "The id of the model." })
  model: string;

  @Field(() => Boolean, { description: "High definition." })
  hd: boolean;

  @Field(() => String, { nullable: true, description: "A note for the owner only." })
  note: string | null;

  @Field(() => ID, { nullable: true, description: "Set on every task of one createTasks call." })
  batchId: string | null;

  @Field(() => TaskStatusEnum, { description: "The stage of the task." })
  status: TaskStatusEnum;

  @Field(() => Int, { description: "0 to 100, never falls." })
  progress: number;

  @Field(() => Int, { description: "The price when the task was created." })
  costCredits: number;

  @Field(() => Int, {
    description:
      "The fee that was held for a remix besides costCredits. 0 for other tasks. entries has its transfers too.",
  })
  remixFeeCredits: number;

  @Field(() => Boolean, { description: "True once the held credits are refunded." })
  refunded: boolean;

  @Field(() => Int, {
    description: "Grows by one with every change. A client can ignore a lower revision than it has.",
  })
  revision: number;

  @Field(() => DateTime, { description: "The time of the order and of the hold." })
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: "The time when the vendor accepted the task." })
  submittedAt: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: "The time when the vendor was first seen making the video.",
  })
  startedAt: Date | null;

  @Field(() => DateTime, { nullable: true, description: "The time of the end, of any kind." })
  finishedAt: Date | null;

  constructor(
    readonly row: TaskRow,
    override readonly eagerRelations: EagerRelations | null = null,
  ) {
    super();
    this.id = taskPrefix.toPublicId(row.id);
    this.prompt = row.prompt;
    this.durationSec = row.durationSec;
    this.ratio = row.ratio as AspectRatio;
    this.model = row.model;
    this.hd = row.hd;
    this.note = row.note;
    this.batchId = row.batchId && batchPrefix.toPublicId(row.batchId);
    this.status = row.status as TaskStatusEnum;
    this.progress = row.progress;
    this.costCredits = row.costCredits;
    this.remixFeeCredits = row.remixFeeCredits;
    this.refunded = row.status === "FAILURE" || row.status === "CANCELED";
    this.revision = row.revision;
    this.createdAt = row.createdAt;
    this.submittedAt = row.submittedAt;
    this.startedAt = row.startedAt;
    this.finishedAt = row.finishedAt;
  }

  static of(row: TaskRow, eagerRelations?: EagerRelations): Task {
    return new Task(row, eagerRelations);
  }
}

export const { Connection: TaskConnection } = connectionTypes(Task);

@InputType({ description: "All given conditions must match." })
export class TaskFilter {
  @Field(() => [TaskStatusEnum], { nullable: true, description: "Any of these statuses." })
  status?: TaskStatusEnum[] | null;
  @Field(() => ID, { nullable: true, description: "The task's video is in this project." })
  projectId?: string | null;
  @Field(() => ID, { nullable: true, description: "The task was created by this createTasks call." })
  batchId?: string | null;
}

@InputType({ description: "The video to make, and its highest price." })
export class CreateTaskInput {
  @Field(() => String, { description: "1 to 1000 characters (Unicode code points) after trimming." })
  prompt!: string;
  @Field(() => Int, { defaultValue: 10, description: "A duration that the model offers; see models." })
  durationSec!: number;
  @Field(() => AspectRatio, {
    defaultValue: AspectRatio.RATIO_9_16,
    description: "The aspect ratio of the video.",
  })
  ratio!: AspectRatio;
  @Field(() => String, { defaultValue: "sora2", description: "The id of a model; see models." })
  model!: string;
  @Field(() => Boolean, {
    defaultValue: false,
    description: "In high definition, where the model offers it.",
  })
  hd!: boolean;
  @Field(() => Int, {
    nullable: true,
    description: "If the price is higher than this, the call is CONFLICT and nothing is charged.",
  })
  maxCostCredits?: number | null;
  @Field(() => ID, { nullable: true, description: "The video's project. Must belong to the viewer." })
  projectId?: string | null;
  @Field(() => ID, {
    nullable: true,
    description: "An uploaded image that the video starts from. Must belong to the viewer.",
  })
  referenceImageId?: string | null;
  @Field(() => String, { nullable: true, description: "A note for the owner only. At most 500 characters." })
  note?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      "1 to 64 characters. A repeated key with the same input returns the first call's task and charges nothing; with other input it is IDEMPOTENCY_KEY_REUSED.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "Several tasks at once." })
export class CreateTasksInput {
  @Field(() => [CreateTaskInput], {
    description: "1 to 20 tasks, paid for in one transaction: all are created or none.",
  })
  tasks!: CreateTaskInput[];
  @Field(() => String, {
    nullable: true,
    description: "1 to 64 characters, for the whole call. The tasks must not have keys.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "The task to cancel." })
export class CancelTaskInput {
  @Field(() => ID, { description: "The task's id. Must belong to the viewer." }) taskId!: string;
}

@InputType({ description: "The task to retry." })
export class RetryTaskInput {
  @Field(() => ID, {
    description:
      "A task that ended in FAILURE or CANCELED. A new task with the same settings is created and paid for.",
  })
  taskId!: string;
  @Field(() => String, { nullable: true, description: "1 to 64 characters, as in createTask." })
  idempotencyKey?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "The created tasks." })
export class CreateTasksPayload {
  @Field(() => ID, { description: "For TaskFilter.batchId." }) batchId!: string;
  @Field(() => [Task], { description: "The tasks in the order of the input." }) tasks!: Task[];
  @Field(() => Wallet, { description: "The wallet after the hold of the prices." }) wallet!: Wallet;
}

@ObjectType({ simpleResolvers: true, description: "The canceled task." })
export class CancelTaskPayload {
  @Field(() => Task, { description: "The task, with status CANCELED." }) task!: Task;
  @Field(() => Wallet, { description: "The wallet after the refund." }) wallet!: Wallet;
}

@ObjectType({ simpleResolvers: true, description: "The created task." })
export class CreateTaskPayload {
  @Field(() => Task, { description: "Subscribe to taskStatus for its progress." }) task!: Task;
  @Field(() => Wallet, { description: "The wallet after the hold of the price." }) wallet!: Wallet;
}
