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
