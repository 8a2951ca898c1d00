/** How values are read from and written to the wire, by the numbers of PostgreSQL's types. */
export interface TypeParsers {
  parsers: Record<string, unknown>;
  serializers: Record<string, unknown>;
}

/** The built-in array types that we send, by their numbers in pg_type. */
const arrayTypes = {
  ...{ bool: 1000, int2: 1005, int4: 1007, int8: 1016, float8: 1022, numeric: 1231 },
  ...{ text: 1009, varchar: 1015, name: 1003, uuid: 2951, json: 199, jsonb: 3807 },
  ...{ date: 1182, timestamp: 1115, timestamptz: 1185 },
};

/**
 * Writes arrays to the wire. Without it postgres.js queries the types on each new connection, and a
 * connection that breaks during that query ends the process with an error that cannot be caught.
 */
export const arraySerializers = Object.fromEntries(
  Object.values(arrayTypes).map((type) => [type, arrayLiteral]),
);

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO */
function arrayLiteral(items: unknown): string {
  if (!Array.isArray(items)) return String(items); // It is a literal already.
  return `{${items.map(elementLiteral).join(",")}}`;
}

function elementLiteral(item: unknown): string {
  if (item === null || item === undefined) return "NULL";
  if (typeof item === "number" || typeof item === "bigint" || typeof item === "boolean") return String(item);
  const text = typeof item === "object" ? JSON.stringify(item) : String(item);
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
