import { sql } from "drizzle-orm";
import type { Db } from "../../../platform/db/index.js";
import { isAnyOf } from "../../../platform/db/prepared.js";
import { type Connection, type PageArgs, readPage } from "../../../platform/graphql/connection.js";
import { noFields } from "../../../platform/graphql/requested-fields.js";
import { BatchedList, newestFirst } from "../../../platform/lists/batched-list.js";
import { works } from "../works.tables.js";
import { PromptUnlock } from "./payments.graphql.js";
import { promptUnlocks } from "./payments.tables.js";

/** Prompts that users have paid for. They stay readable whatever becomes of the work. */
export class UnlockedPrompts {
  private readonly ofUser = new BatchedList({
    table: promptUnlocks,
    params: { user_id: "uuid" },
    where: sql`${promptUnlocks.userId} = request.user_id and ${promptUnlocks.reversedAt} is null`,
    order: newestFirst(promptUnlocks.createdAt, promptUnlocks.id),
  });

  constructor(private readonly db: Db) {}

  /** Throws BadUserInput for a bad `first` or `after`. */
  list(userId: string, args: PageArgs): Promise<Connection<PromptUnlock>> {
    const request = { params: { user_id: userId }, page: readPage(args), fields: noFields };
    return this.ofUser.read(this.db, request, PromptUnlock.of);
  }

  /** For request loaders: prompts by the works' bare UUIDs, those of deleted works too. */
  readonly loadPrompts = async (workIds: readonly string[]): Promise<Map<string, string>> => {
    const rows = await this.db
      .select({ id: works.id, prompt: works.prompt })
      .from(works)
      .where(isAnyOf(works.id, workIds));
    return new Map(rows.map(({ id, prompt }) => [id, prompt]));
  };
}
