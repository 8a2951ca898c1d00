import { AppError } from "../platform/base/app-error.js";
import { OperatorError } from "../platform/base/operator-error.js";

/** An error for people, said in one message without a stack. */
export class CommandFailed extends OperatorError {}

/** Prints the message of an error that the user can fix, or the stack of a bug. Exits with 1 in both cases. */
export function fail(error: unknown): never {
  const isForPeople = error instanceof OperatorError || error instanceof AppError;
  const text = isForPeople
    ? (error as Error).message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
