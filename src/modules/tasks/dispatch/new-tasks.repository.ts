import { sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import type { JobRequestInfo } from "../../../platform/observability/request-info.js";

export interface TaskWithoutJob {
  id: string;
  userId: string;
  requestInfo: JobRequestInfo | undefined;
}

/** Removes the oldest new tasks from their list. Skips those that another worker is removing. */
export async function takeNewTasks(tx: Tx, limit: number): Promise<TaskWithoutJob[]> {
  const rows = await tx.execute<{ id: string; user_id: string; request_info: JobRequestInfo | null }>(sql`
    with taken as (
      delete from new_tasks where task_id = any(array(
        select task_id from new_tasks order by task_id limit ${limit} for update skip locked
      ))
      returning task_id, request_info
    )
    select t.id, t.user_id, taken.request_info from taken join tasks t on t.id = taken.task_id order by t.id`);
  return rows.map((row) => ({
    id: row.id,
    userId: row.user_id,
    requestInfo: row.request_info ?? undefined,
  }));
}
