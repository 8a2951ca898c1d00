import { DrizzleQueryError } from "drizzle-orm/errors";

/**
 * An error as the log may hold it: no statement's parameters and no row's values, for those hold
 * phone numbers and hashes of codes. Causes are kept, the innermost last.
 */
export function errorForLog(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return typeof error === "object" ? { ...error } : { message: String(error) };
  const { code, constraint_name: constraint } = error as { code?: unknown; constraint_name?: unknown };
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return {
    type: error.name,
    message: messageOf(error),
    ...(typeof code === "string" || typeof code === "number" ? { reason: code } : {}),
    ...(typeof constraint === "string" ? { constraint } : {}),
    stack: frames.join("\n"),
    ...(error.cause === undefined ? {} : { cause: errorForLog(error.cause) }),
  };
}

/** The same in one line of words. */
export function errorInWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? messageOf(error) : `${messageOf(error)}: ${errorInWords(error.cause)}`;
}

function messageOf(error: Error): string {
  return error instanceof DrizzleQueryError ? `Failed query: ${error.query}` : error.message;
}
