import { createVendors } from "../app/create-vendors.js";
import { Shutdown } from "../app/shutdown.js";
import {
  attemptsToReview,
  markReviewed,
  type OpenAttempt,
  type Reconciliation,
  reconcileAttempts,
  taskPrefix,
} from "../modules/tasks/index.js";
import { DatabaseClock } from "../platform/db/database-clock.js";
import { findAdapters } from "../vendors/adapter.js";
import { oneLine } from "./one-line.js";
import type { CommandTools } from "./with-database.js";

const listedMax = 500;
const answerLengthMax = 200;

/**
 * Asks the vendors for the outcome of attempts that ended without one, then prints the attempts that may have cost
 * something at a vendor without a result. Returns the number of findings.
 */
export async function auditVendors({ config, db, logger }: CommandTools): Promise<number> {
  const shutdown = new Shutdown(logger);
  try {
    const parts = { adapters: await findAdapters(), hasWorkers: false, ffmpegPath: "" };
    const vendors = await createVendors(config, parts, logger, shutdown);
    // The findings are printed here instead of as warnings.
    const found = logger.child({}, { level: "error" });
    const answers = await reconcileAttempts(
      { db, clock: await DatabaseClock.measure(db), logger: found, vendors },
      null,
    );
    const open = await attemptsToReview(db, listedMax);
    const notAsked = answers.filter(({ answer }) => answer === "not-asked");
    const lines = [
      ...open.map(openLine),
      ...answers.filter(({ answer }) => answer === "not-yet").map(waitingLine),
      ...notAsked.map(notAskedLine),
      ...advice(open, notAsked),
    ];
    for (const line of lines) process.stdout.write(`${line}\n`);
    return open.length + notAsked.length;
  } finally {
    await shutdown.close();
  }
}

/** `which`: an attempt's id, or "all". */
export async function reviewAttempts({ db }: CommandTools, which: readonly string[]): Promise<void> {
  const ids = which.includes("all") ? [null] : which;
  let reviewed = 0;
  const clock = await DatabaseClock.measure(db);
  for (const id of ids) reviewed += await markReviewed(db, id, clock.now());
  process.stdout.write(`${reviewed} attempts are marked as seen to.\n`);
}

function openLine({ attempt, task }: OpenAttempt): string {
  const ended = task.failureCode ?? task.status;
  const about = `${placeOf({ attempt, task })}, ended here as ${ended} at ${instant(task.finishedAt)}`;
  return attempt.lateSuccessAt
    ? `LATE SUCCESS ${about}; found at the vendor at ${instant(attempt.lateSuccessAt)}`
    : `UNKNOWN OUTCOME ${about}; sent at ${instant(attempt.startedAt)}: ${oneLine(attempt.answer ?? "", answerLengthMax)}`;
}

function waitingLine(open: Reconciliation): string {
  return `STILL AT WORK ${placeOf(open)}: the vendor has not ended it yet; it is asked again`;
}

function notAskedLine(open: Reconciliation): string {
  return `NOT ASKED ${placeOf(open)}: the vendor did not answer, or is not set up here`;
}

function placeOf({ attempt, task }: OpenAttempt): string {
  const there = attempt.vendorTaskId ? `, there ${oneLine(attempt.vendorTaskId, answerLengthMax)}` : "";
  return `attempt ${attempt.id}, ${taskPrefix.toPublicId(task.id)} at ${attempt.vendor} (${attempt.vendorModel})${there}`;
}

function advice(open: readonly OpenAttempt[], notAsked: readonly unknown[]): string[] {
  if (open.length === 0 && notAsked.length === 0) return ["Nothing is open at the vendors."];
  return [
    `${open.length} to look at${open.length === listedMax ? " at least" : ""}, ${notAsked.length} not asked.`,
    ...(open.length > 0
      ? [
          "Their users have their credits back. Look at the vendor whether it charged for these (by its id, else by",
          "time and model), claim it back, and mark them: skyriff audit --vendor --reviewed <attempt>... (or all).",
        ]
      : []),
    ...(notAsked.length > 0 ? ["Run this again when the vendor answers."] : []),
  ];
}

function instant(date: Date | null): string {
  return date?.toISOString() ?? "?";
}
