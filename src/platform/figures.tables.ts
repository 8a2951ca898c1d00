import { sql } from "drizzle-orm";
import { check, jsonb, pgTable, smallint, timestamp } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/** The figures that were last read from the database, for all servers: one row. */
export const operatorFigures = pgTable(
  "operator_figures",
  {
    id: smallint("id").primaryKey().default(1),
    /** Who moves this forward reads the figures anew; the others wait for what comes of it. */
    claimedAt: instant("claimed_at").notNull(),
    takenAt: instant("taken_at"),
    samples: jsonb("samples").notNull().default([]),
  },
  (t) => [check("operator_figures_one_row", sql`${t.id} = 1`)],
);
