import { sql } from "drizzle-orm";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { fromDrizzle } from "pg-boss";
import type { Queryable } from "../db/index.js";

/**
 * Runs pg-boss on our pool or inside our transaction. pg-boss passes parameters of every type that
 * node-postgres accepts, and reads the server's messages and codes from errors.
 */
export function bossDatabase(db: Queryable): ReturnType<typeof fromDrizzle> {
  const { executeSql } = fromDrizzle(db, sql);
  return {
    executeSql: (text, values) =>
      executeSql(text, values?.map(toParameter)).catch((error: unknown) => {
        throw error instanceof DrizzleQueryError ? error.cause : error;
      }),
  };
}

/** Arrays are left to the driver, which sends them as SQL arrays. */
function toParameter(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return JSON.stringify(value);
  return value ?? null;
}
