import { DrizzleQueryError } from "drizzle-orm/errors";

/**
 * Serializes an error for the log, with its causes. Parameters of statements and values of rows are left
 * out, because they contain phone numbers and hashes of login codes.
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

/** The messages of the error and its causes in one line, under the same rule. */
export function errorInWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? messageOf(error) : `${messageOf(error)}: ${errorInWords(error.cause)}`;
}

function messageOf(error: Error): string {
  return error instanceof DrizzleQueryError ? `Failed query: ${error.query}` : error.message;
}
