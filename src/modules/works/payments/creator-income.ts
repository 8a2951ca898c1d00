import { and, ne, sql } from "drizzle-orm";
import type { Db } from "../../../platform/db/index.js";
import { isAnyOf } from "../../../platform/db/prepared.js";
import { coinText, incomes } from "../../wallet/index.js";
import { WorkEarnings } from "../works.graphql.js";

/** The earnings of works. */
export class CreatorIncome {
  constructor(private readonly db: Db) {}

  /** For request loaders, by the works' bare UUIDs. Works that earned nothing are absent. */
  readonly loadEarnings = async (workIds: readonly string[]): Promise<Map<string, WorkEarnings>> => {
    const sumOf = (type: "TIP" | "PROMPT_UNLOCK" | "REMIX") =>
      sql<string>`coalesce(sum(${incomes.units}) filter (where ${incomes.type} = ${type}), 0)`.mapWith(
        (sum) => coinText(Number(sum)),
      );
    const rows = await this.db
      .select({
        workId: incomes.earningWorkId,
        tips: sumOf("TIP"),
        promptUnlocks: sumOf("PROMPT_UNLOCK"),
        remixes: sumOf("REMIX"),
      })
      .from(incomes)
      .where(and(isAnyOf(incomes.earningWorkId, workIds), ne(incomes.state, "REVERSED")))
      .groupBy(incomes.earningWorkId);
    return new Map(rows.map(({ workId, ...earned }) => [workId, Object.assign(new WorkEarnings(), earned)]));
  };
}
