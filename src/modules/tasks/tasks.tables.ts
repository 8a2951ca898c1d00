import { sql } from "drizzle-orm";
import {
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgEnum,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "drizzle-orm/pg-core";

import { media } from "../media/media.tables.js";
import { projects } from "../projects/projects.tables.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

export const taskStatus = pgEnum("task_status", [
  "NOT_START",
  "QUEUED",
  "IN_PROGRESS",
  "SUCCESS",
  "FAILURE",
  "CANCELED",
]);

export const tasks = pgTable(
  "tasks",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id").notNull(),
    prompt: text("prompt").notNull(),
    durationSec: integer("duration_sec").notNull(),
    ratio: text("ratio").notNull(),
    model: text("model").notNull(),
    hd: boolean("hd").notNull(),
    note: text("note"),
    projectId: uuid("project_id").references(() => projects.id),
    referenceImageId: uuid("reference_image_id").references(() => media.id),
    batchId: uuid("batch_id"),
    status: taskStatus("status").notNull().default("NOT_START"),
    /** 0 to 100, never falls. */
    progress: integer("progress").notNull().default(0),
    /** The price that the task was created at, and that its hold has. */
    costCredits: integer("cost_credits").notNull(),
    /** The work that it is made from; null for an original. */
    remixOf: uuid("remix_of"),
    /** The fee that is held for a remix besides the price. */
    remixFeeCredits: integer("remix_fee_credits").notNull().default(0),
    /** The tasks whose prompts come before its own, the original first. Their texts are joined only on the way to a vendor. */
    promptTaskIds: uuid("prompt_task_ids").array().notNull().default(sql`'{}'`),
    failureCode: text("failure_code"),
    revision: integer("revision").notNull().default(1),
    createdAt: instant("created_at").notNull().default(sql`clock_timestamp()`),
    submittedAt: instant("submitted_at"),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
    /** When its owner canceled it during a submission. For a few seconds it is submitted to no further vendor. */
    cancelRequestedAt: instant("cancel_requested_at"),
    /** When the sweep enqueues a new job for this task, unless a job has advanced it by then. */
    nextCheckAt: instant("next_check_at").notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    index("tasks_by_user").on(t.userId, t.createdAt, t.id),
    index("tasks_by_batch").on(t.batchId).where(sql`${t.batchId} is not null`),
    index("tasks_unfinished_by_user").on(t.userId, t.createdAt, t.id).where(sql`${t.finishedAt} is null`),
    index("tasks_finished_by_user").on(t.userId, t.finishedAt).where(sql`${t.finishedAt} is not null`),
    index("tasks_unfinished_by_check").on(t.nextCheckAt).where(sql`${t.finishedAt} is null`),
    // The recent durations of tasks of one kind, newest last.
    index("tasks_made_by_kind")
      .on(t.model, t.durationSec, t.hd, t.finishedAt)
      .where(sql`${t.status} = 'SUCCESS'`),
    check("tasks_progress_range", sql`${t.progress} between 0 and 100`),
    check(
      "tasks_fee_of_remix",
      sql`${t.remixFeeCredits} >= 0 and (${t.remixOf} is not null or ${t.remixFeeCredits} = 0)`,
    ),
    check("tasks_prompts_of_remix", sql`(${t.remixOf} is null) = (${t.promptTaskIds} = '{}')`),
    check("tasks_cost_positive", sql`${t.costCredits} > 0`),
    check(
      "tasks_finished_when_final",
      sql`(${t.status} in ('SUCCESS', 'FAILURE', 'CANCELED')) = (${t.finishedAt} is not null)`,
    ),
    check("tasks_failure_has_code", sql`(${t.status} = 'FAILURE') = (${t.failureCode} is not null)`),
    check("tasks_success_is_complete", sql`${t.status} <> 'SUCCESS' or ${t.progress} = 100`),
  ],
);

/**
 * Tasks that have no job yet. The statement that stores a task adds it, and the transaction that enqueues
 * its job removes it.
 */
export const newTasks = pgTable("new_tasks", {
  taskId: uuid("task_id").primaryKey(),
  /** The request that created the task; null without one. */
  requestInfo: jsonb("request_info"),
});

export const attemptOutcome = pgEnum("attempt_outcome", [
  // Being sent. After a crash of the sender it becomes UNKNOWN.
  "SENDING",
  "ACCEPTED",
  "REJECTED",
  "REFUSED",
  // Surely did nothing; the only outcome after which another attempt may follow.
  "THROTTLED",
  "UNKNOWN",
]);

/** The unique index by which a vendor's id belongs to one task. */
export const vendorTaskIndex = "task_attempts_vendor_task";

/** Every submission to a vendor: its request and its answer, without secrets. */
export const taskAttempts = pgTable(
  "task_attempts",
  {
    id: uuid("id").primaryKey(),
    taskId: uuid("task_id")
      .notNull()
      .references(() => tasks.id),
    vendor: text("vendor").notNull(),
    vendorModel: text("vendor_model").notNull(),
    outcome: attemptOutcome("outcome").notNull().default("SENDING"),
    /** The worker that sent it. If it died before it stored the outcome, the outcome is unknown. */
    senderId: integer("sender_id").notNull(),
    vendorTaskId: text("vendor_task_id"),
    sent: jsonb("sent").notNull(),
    answer: text("answer"),
    /** The last address of the file that the vendor named. Never leaves the server. */
    videoUrl: text("video_url"),
    /** Only for THROTTLED: the end of the vendor's Retry-After. */
    retryAt: instant("retry_at"),
    startedAt: instant("started_at").notNull().default(sql`clock_timestamp()`),
    endedAt: instant("ended_at"),
    /** Set if the task ended before the vendor reported an outcome: when to check the vendor again. */
    reconcileAt: instant("reconcile_at"),
    /** When a reconciliation found that the vendor had completed the video of an ended task. */
    lateSuccessAt: instant("late_success_at"),
    /** When an operator marked an unknown outcome or a late success as reviewed. */
    reviewedAt: instant("reviewed_at"),
  },
  (t) => [
    index("task_attempts_by_task").on(t.taskId),
    uniqueIndex(vendorTaskIndex).on(t.vendor, t.vendorTaskId),
    // At most one attempt of a task can ever have reached the vendor.
    uniqueIndex("task_attempts_one_live").on(t.taskId).where(sql`${t.outcome} <> 'THROTTLED'`),
    index("task_attempts_to_reconcile").on(t.reconcileAt).where(sql`${t.reconcileAt} is not null`),
    index("task_attempts_for_operators")
      .on(t.startedAt)
      .where(sql`${t.outcome} = 'UNKNOWN' or ${t.lateSuccessAt} is not null`),
    check("task_attempts_reconciled_by_id", sql`${t.reconcileAt} is null or ${t.vendorTaskId} is not null`),
    check("task_attempts_late_by_id", sql`${t.lateSuccessAt} is null or ${t.vendorTaskId} is not null`),
    check(
      "task_attempts_accepted_has_id",
      sql`(${t.outcome} = 'ACCEPTED') = (${t.vendorTaskId} is not null)`,
    ),
    check("task_attempts_ended", sql`(${t.outcome} = 'SENDING') = (${t.endedAt} is null)`),
  ],
);

/** Each vendor's circuit, shared by all machines. */
export const vendorHealth = pgTable("vendor_health", {
  vendor: text("vendor").primaryKey(),
  failuresInARow: integer("failures_in_a_row").notNull().default(0),
  /** The distinct users of the failed tasks, up to the number that opens the circuit. */
  failingUsers: uuid("failing_users").array().notNull().default(sql`'{}'`),
  /** Set while the circuit is open: nothing is sent, and createTask is VENDOR_UNAVAILABLE. */
  openedAt: instant("opened_at"),
  probedAt: instant("probed_at"),
});

/**
 * Events by which a vendor reported the end of a task, each stored once for a few days. A stored event
 * matters when it arrives before the answer that names the task's id.
 */
export const vendorEvents = pgTable(
  "vendor_events",
  {
    vendor: text("vendor").notNull(),
    eventId: text("event_id").notNull(),
    vendorTaskId: text("vendor_task_id").notNull(),
    receivedAt: instant("received_at").notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    primaryKey({ columns: [t.vendor, t.eventId] }),
    index("vendor_events_by_task").on(t.vendor, t.vendorTaskId),
    index("vendor_events_received").on(t.receivedAt),
  ],
);
