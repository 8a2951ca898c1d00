/** A PostgreSQL error's five-letter code, wherever the driver and the query builder hid it. */
export function postgresCode(error: unknown): string | null {
  return postgresError(error)?.code ?? null;
}

/** Whether a statement failed because a row with these values exists already. */
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
 * https://www.postgresql.org/docs/current/errcodes-appendix.html: the connection (08), resources such as
 * connections and disk space (53), a server that stops, starts or ends the session (57P), a server that
 * takes no writes (25006), and time limits (57014, 55P03, 25P03, 25P04).
 */
const unavailableStates = /^(08...|53...|57P..|25006|57014|55P03|25P0[34])$/;
const unavailableCodes = /^(ECONN|CONNECT|ETIMEDOUT|EPIPE|EHOST|ENETUNREACH|ENETDOWN|ENOTFOUND|EAI_AGAIN)/;

/** No connection, too many clients, a server that stops or takes no writes, or a statement over its time. */
export function isDatabaseUnavailable(origin: unknown): boolean {
  if (unavailableStates.test(postgresCode(origin) ?? "")) return true;
  for (let e = origin; e instanceof Error; e = e.cause) {
    if (unavailableCodes.test(String((e as { code?: unknown }).code))) return true;
  }
  return false;
}

/** A write reached a server that takes none, such as a standby. Nothing was done. */
export function isReadOnlyServer(error: unknown): boolean {
  return postgresCode(error) === "25006";
}
