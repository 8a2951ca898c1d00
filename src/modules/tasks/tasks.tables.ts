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
    failureCode: text("failure_code"),
    revision: integer("revision").notNull().default(1),
    createdAt: instant("created_at").notNull().default(sql`clock_timestamp()`),
    submittedAt: instant("submitted_at"),
    startedAt: instant("started_at"),
    finishedAt: instant("finished_at"),
    /** When its owner asked to cancel it while it was being submitted. For a few seconds no vendor is asked. */
    cancelRequestedAt: instant("cancel_requested_at"),
    /** When the sweep gives this task a job, unless one has moved it on by then. */
    nextCheckAt: instant("next_check_at").notNull().default(sql`clock_timestamp()`),
  },
  (t) => [
    index("tasks_by_user").on(t.userId, t.createdAt, t.id),
    index("tasks_by_batch").on(t.batchId).where(sql`${t.batchId} is not null`),
    index("tasks_unfinished_by_user").on(t.userId, t.createdAt, t.id).where(sql`${t.finishedAt} is null`),
    index("tasks_finished_by_user").on(t.userId, t.finishedAt).where(sql`${t.finishedAt} is not null`),
    index("tasks_unfinished_by_check").on(t.nextCheckAt).where(sql`${t.finishedAt} is null`),
    // How long tasks of one kind took lately, newest last.
    index("tasks_made_by_kind")
      .on(t.model, t.durationSec, t.hd, t.finishedAt)
      .where(sql`${t.status} = 'SUCCESS'`),
    check("tasks_progress_range", sql`${t.progress} between 0 and 100`),
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
 * Tasks that have no job yet: written in the statement that stores them, taken out in the transaction
 * that gives them their jobs.
 */
export const newTasks = pgTable("new_tasks", {
  taskId: uuid("task_id").primaryKey(),
  /** On whose behalf; null for what no request asked for. */
  requestInfo: jsonb("request_info"),
});

export const attemptOutcome = pgEnum("attempt_outcome", [
  // Being sent. Found so after a crash, it is unknown.
  "SENDING",
  "ACCEPTED",
  "REJECTED",
  "REFUSED",
  // Surely did nothing; the only outcome after which another attempt may follow.
  "THROTTLED",
  "UNKNOWN",
]);

/** A vendor's id belongs to one task: the unique index that decides it. */
export const vendorTaskIndex = "task_attempts_vendor_task";

/** Every time that we asked a vendor to make a video: what was sent and what came back, no secrets. */
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
    /** The worker that sent it: if it died before it wrote the outcome down, nobody knows the outcome. */
    senderId: integer("sender_id").notNull(),
    vendorTaskId: text("vendor_task_id"),
    sent: jsonb("sent").notNull(),
    answer: text("answer"),
    /** What the vendor last said of where the file is. Never leaves the server. */
    videoUrl: text("video_url"),
    /** THROTTLED alone: before then the vendor does not want to be asked again (its Retry-After). */
    retryAt: instant("retry_at"),
    startedAt: instant("started_at").notNull().default(sql`clock_timestamp()`),
    endedAt: instant("ended_at"),
    /** Its task ended without the vendor's last word: when to ask for it. Null: there is nothing to ask. */
    reconcileAt: instant("reconcile_at"),
    /** When it was found that the vendor completed what had ended here without a video. */
    lateSuccessAt: instant("late_success_at"),
    /** When an operator had seen to what is unknown, or came late. */
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

/** How each vendor is doing, as all machines together see it. */
export const vendorHealth = pgTable("vendor_health", {
  vendor: text("vendor").primaryKey(),
  failuresInARow: integer("failures_in_a_row").notNull().default(0),
  /** The users whose tasks they were, each once: no more than decide whether the circuit opens. */
  failingUsers: uuid("failing_users").array().notNull().default(sql`'{}'`),
  /** Set while the circuit is open: nothing is sent, and createTask refuses. */
  openedAt: instant("opened_at"),
  probedAt: instant("probed_at"),
});

/**
 * What vendors told us by webhook that a task has ended: each event once, however often it is
 * repeated. It is kept a few days, and read when it overtook the answer that names the task's id.
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
