import type { Check } from "../../platform/db/checks.js";
import { attemptChecks } from "./attempts.checks.js";
import { taskMoneyChecks } from "./task-money.checks.js";
import { deadlineChecks, taskStateChecks } from "./task-states.checks.js";

/** The invariants of tasks, of their attempts and of their costs. */
export function taskChecks(limits: { taskTimeoutMs: number }): Check[] {
  return [...taskMoneyChecks, ...taskStateChecks, ...deadlineChecks(limits), ...attemptChecks];
}
