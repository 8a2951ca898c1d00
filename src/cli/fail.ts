import { AppError } from "../platform/base/app-error.js";
import { OperatorError } from "../platform/base/operator-error.js";

/** An error for people, said in one message without a stack. */
export class CommandFailed extends OperatorError {}

/** The message of an error that the user can fix, or the stack of a bug. */
export function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isForPeople = error instanceof OperatorError || error instanceof AppError;
  return isForPeople ? error.message : (error.stack ?? error.message);
}

/** Prints the error and exits with 1. */
export function fail(error: unknown): never {
  process.stderr.write(`${failureText(error)}\n`);
  process.exit(1);
}
