import { sql } from "drizzle-orm";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { fromDrizzle } from "pg-boss";
import type { Queryable } from "../db/index.js";

/**
 * pg-boss on our pool or inside our transaction. It passes values in every form that node-postgres takes,
 * and reads the server's own words and codes from errors.
 */
export function bossDatabase(db: Queryable): ReturnType<typeof fromDrizzle> {
  const { executeSql } = fromDrizzle(db, sql);
  return {
    executeSql: (text, values) =>
      executeSql(text, values?.map(asText)).catch((error: unknown) => {
        throw error instanceof DrizzleQueryError ? error.cause : error;
      }),
  };
}

/** An array stays one: it is an array of SQL. */
function asText(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return JSON.stringify(value);
  return value ?? null;
}
