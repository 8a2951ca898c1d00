/** PostgreSQL's five-character error code (SQLSTATE), from the error itself or one of its causes. */
export function postgresCode(error: unknown): string | null {
  return postgresError(error)?.code ?? null;
}

/** Whether a statement failed because a row with the same values exists in this unique index. */
export function violatesUnique(error: unknown, index: string): boolean {
  const found = postgresError(error);
  return found?.code === "23505" && found.constraint_name === index;
}

function postgresError(error: unknown): { code: string; constraint_name?: unknown } | null {
  for (let e = error; e instanceof Error; e = e.cause) {
    const { code } = e as { code?: unknown };
    if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return e as Error & { code: string };
  }
  return null;
}

/**
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: connection errors (08), exhausted
 * resources such as connections and disk space (53), a server that stops, starts or ends the session
 * (57P), a read-only server (25006), and time limits (57014, 55P03, 25P03, 25P04).
 */
const unavailableStates = /^(08...|53...|57P..|25006|57014|55P03|25P0[34])$/;
const unavailableCodes = /^(ECONN|CONNECT|ETIMEDOUT|EPIPE|EHOST|ENETUNREACH|ENETDOWN|ENOTFOUND|EAI_AGAIN)/;

/** Whether the same statement may succeed later: see the codes above. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (unavailableStates.test(postgresCode(error) ?? "")) return true;
  for (let e = error; e instanceof Error; e = e.cause) {
    if (unavailableCodes.test(String((e as { code?: unknown }).code))) return true;
  }
  return false;
}

/** Whether a write failed because the server is read-only, such as a standby. Nothing was written. */
export function isReadOnlyServer(error: unknown): boolean {
  return postgresCode(error) === "25006";
}

/** Whether PostgreSQL has rolled back: bad data, a constraint, a deadlock. After most other errors the commit may have succeeded. */
export function isSurelyRolledBack(error: unknown): boolean {
  return /^(22|23|40)/.test(postgresCode(error) ?? "");
}
