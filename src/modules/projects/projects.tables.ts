import { sql } from "drizzle-orm";
import { check, index, pgTable, text, timestamp, uuid } from "drizzle-orm/pg-core";
import { users } from "../accounts/accounts.tables.js";

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

/**
 * Users' projects. A deleted project stays as an empty row that counts as none. Videos and tasks that refer to it are
 * not updated, so a deletion never waits for locks on them, and they never wait for it.
 */
export const projects = pgTable(
  "projects",
  {
    id: uuid("id").primaryKey(),
    userId: uuid("user_id")
      .notNull()
      .references(() => users.id),
    name: text("name").notNull(),
    description: text("description").notNull(),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    deletedAt: instant("deleted_at"),
  },
  (t) => [
    index("projects_by_user").on(t.userId, t.createdAt, t.id).where(sql`${t.deletedAt} is null`),
    check(
      "projects_name_length",
      sql`char_length(${t.name}) between (case when ${t.deletedAt} is null then 1 else 0 end) and 100`,
    ),
    check("projects_description_length", sql`char_length(${t.description}) <= 1000`),
    check(
      "projects_deleted_is_empty",
      sql`${t.deletedAt} is null or (${t.name} = '' and ${t.description} = '')`,
    ),
  ],
);
