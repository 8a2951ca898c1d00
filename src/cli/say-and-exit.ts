import { ConfigError } from "../app/config.js";
import { DataDirInUse } from "../app/open-database.js";
import { AppError } from "../platform/app-error.js";

/** An error for people, said in one message without a stack. */
export class CommandFailed extends Error {}

/** What the user can mend is said in words; the rest is a bug and shows its stack. Exit 1 both ways. */
export function sayAndExit(error: unknown): never {
  const isForPeople = [ConfigError, DataDirInUse, CommandFailed, AppError].some(
    (kind) => error instanceof kind,
  );
  const text = isForPeople
    ? (error as Error).message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
