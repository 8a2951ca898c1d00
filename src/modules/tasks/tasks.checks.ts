import type { Check } from "../../platform/db/checks.js";
import { attemptChecks } from "./attempts.checks.js";
import { taskMoneyChecks } from "./task-money.checks.js";
import { deadlineChecks, taskStateChecks } from "./task-states.checks.js";

/** All that must hold of tasks, of what was sent for them and of what they cost. */
export function taskChecks(limits: { taskTimeoutMs: number }): Check[] {
  return [...taskMoneyChecks, ...taskStateChecks, ...deadlineChecks(limits), ...attemptChecks];
}
