import { postgresCode } from "./postgres-code.js";

const awayCodes = /^(ECONN|CONNECT|ETIMEDOUT|EPIPE|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)/;

/** No connection, too many who want one, the server going down, or a statement over its time. */
export function isDatabaseAway(origin: unknown): boolean {
  if (/^(08...|53...|57P0.|57014|55P03|25P03)$/.test(postgresCode(origin) ?? "")) return true;
  for (let e = origin; e instanceof Error; e = e.cause) {
    if (awayCodes.test(String((e as { code?: unknown }).code))) return true;
  }
  return false;
}
