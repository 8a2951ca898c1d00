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
  entries: ["id"],
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
  description: "Where a task is in its life. It never goes back.",
  valuesConfig: {
    NOT_START: { description: "Paid for and stored, not yet accepted by the vendor." },
    QUEUED: { description: "Accepted by the vendor, waiting there." },
    IN_PROGRESS: { description: "Being made, or made and on its way into our storage." },
    SUCCESS: { description: "The video is in our storage and ready to play." },
    FAILURE: { description: "No video came of it; the credits are back." },
    CANCELED: { description: "Called off in time; the credits are back." },
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
    VENDOR_REJECTED: { description: "The vendor said no to this order." },
    VENDOR_UNAVAILABLE: {
      description: "The vendor could not be reached, did not answer, or its file could not be had.",
    },
    CONTENT_POLICY: { description: "Prompt or image was refused for what they show." },
    TIMEOUT: { description: "Not finished within TASK_TIMEOUT_MS." },
    INTERNAL: { description: "Something went wrong on our side." },
  },
});

@ObjectType({ simpleResolvers: true, description: "Why no video came of a task." })
export class TaskFailure {
  @Field(() => TaskFailureCode, { description: "For programs." })
  code!: TaskFailureCode;
  @Field(() => String, { description: "For people. Never holds a vendor's address, key or raw answer." })
  message!: string;
}

@ObjectType({
  simpleResolvers: true,
  implements: Node,
  description: "One video being made: asked for, paid for, followed to its end.",
})
export class Task extends Node {
  @Field(() => String, { description: "What the video is to show." })
  prompt: string;

  @Field(() => Int, { description: "How long the video is to be." })
  durationSec: number;

  @Field(() => AspectRatio, { description: "Its shape." })
  ratio: AspectRatio;

  @Field(() => String, { description: "Which model of the catalog makes it." })
  model: string;

  @Field(() => Boolean, { description: "Whether it is made in high definition." })
  hd: boolean;

  @Field(() => String, { nullable: true, description: "The owner's own words about it." })
  note: string | null;

  @Field(() => ID, { nullable: true, description: "Set on every task of one createTasks call." })
  batchId: string | null;

  @Field(() => TaskStatusEnum, { description: "Where it is in its life." })
  status: TaskStatusEnum;

  @Field(() => Int, { description: "0 to 100, never falls." })
  progress: number;

  @Field(() => Int, { description: "The price it was created at." })
  costCredits: number;

  @Field(() => Boolean, { description: "True once the credits held for it have come back." })
  refunded: boolean;

  @Field(() => Int, {
    description: "Grows by one with every change, so that a client can drop what arrives late.",
  })
  revision: number;

  @Field(() => DateTime, { description: "When it was ordered and its price held." })
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: "When the vendor accepted it." })
  submittedAt: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When the vendor was first seen working on it." })
  startedAt: Date | null;

  @Field(() => DateTime, { nullable: true, description: "When it ended, in whatever way." })
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

@InputType({ description: "All that is named must hold." })
export class TaskFilter {
  @Field(() => [TaskStatusEnum], { nullable: true, description: "Any of these." })
  status?: TaskStatusEnum[] | null;
  @Field(() => ID, { nullable: true, description: "In this project, as its video is." })
  projectId?: string | null;
  @Field(() => ID, { nullable: true, description: "Created by this createTasks call." })
  batchId?: string | null;
}

@InputType({ description: "What to make, and on what terms." })
export class CreateTaskInput {
  @Field(() => String, { description: "1 to 1000 characters (Unicode code points) after trimming." })
  prompt!: string;
  @Field(() => Int, { defaultValue: 10, description: "What the model offers; see models." })
  durationSec!: number;
  @Field(() => AspectRatio, { defaultValue: AspectRatio.RATIO_9_16, description: "The video's shape." })
  ratio!: AspectRatio;
  @Field(() => String, { defaultValue: "sora2", description: "The id of one of models." }) model!: string;
  @Field(() => Boolean, {
    defaultValue: false,
    description: "In high definition, where the model offers it.",
  })
  hd!: boolean;
  @Field(() => Int, {
    nullable: true,
    description: "Refuse (CONFLICT, nothing charged) if it costs more than this by now.",
  })
  maxCostCredits?: number | null;
  @Field(() => ID, { nullable: true, description: "One's own project, into which the video goes." })
  projectId?: string | null;
  @Field(() => ID, {
    nullable: true,
    description: "An uploaded image turns text-to-video into image-to-video.",
  })
  referenceImageId?: string | null;
  @Field(() => String, { nullable: true, description: "For yourself. At most 500 characters." })
  note?: string | null;
  @Field(() => String, {
    nullable: true,
    description:
      "1 to 64 characters. The same key with the same input answers with the first call's task and charges nothing; with other input it is IDEMPOTENCY_KEY_REUSED.",
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
    description: "1 to 64 characters, for the whole call; the tasks in it have none of their own.",
  })
  idempotencyKey?: string | null;
}

@InputType({ description: "What to call off." })
export class CancelTaskInput {
  @Field(() => ID, { description: "One's own task." }) taskId!: string;
}

@InputType({ description: "What to try once more." })
export class RetryTaskInput {
  @Field(() => ID, {
    description:
      "A task that ended in FAILURE or CANCELED. A new task with the same settings is created and paid for.",
  })
  taskId!: string;
  @Field(() => String, { nullable: true, description: "1 to 64 characters, as in createTask." })
  idempotencyKey?: string | null;
}

@ObjectType({ simpleResolvers: true, description: "The tasks that were made." })
export class CreateTasksPayload {
  @Field(() => ID, { description: "For TaskFilter.batchId." }) batchId!: string;
  @Field(() => [Task], { description: "In the order asked for." }) tasks!: Task[];
  @Field(() => Wallet, { description: "With the prices held." }) wallet!: Wallet;
}

@ObjectType({ simpleResolvers: true, description: "The task as it is now." })
export class CancelTaskPayload {
  @Field(() => Task, { description: "CANCELED." }) task!: Task;
  @Field(() => Wallet, { description: "With the price back in it." }) wallet!: Wallet;
}

@ObjectType({ simpleResolvers: true, description: "The task that was made." })
export class CreateTaskPayload {
  @Field(() => Task, { description: "Follow it with taskStatus." }) task!: Task;
  @Field(() => Wallet, { description: "With the price held." }) wallet!: Wallet;
}
