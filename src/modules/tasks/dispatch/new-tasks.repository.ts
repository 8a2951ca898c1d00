import { sql } from "drizzle-orm";
import type { Tx } from "../../../platform/db/index.js";
import type { JobRequestInfo } from "../../../platform/observability/request-info.js";

export interface TaskWithoutJob {
  id: string;
  userId: string;
  origin: JobRequestInfo | undefined;
}

/** Takes the oldest of the new tasks off their list. Those that somebody else is taking are passed over. */
export async function takeNewTasks(tx: Tx, limit: number): Promise<TaskWithoutJob[]> {
  const rows = await tx.execute<{ id: string; user_id: string; origin: JobRequestInfo | null }>(sql`
    with taken as (
      delete from new_tasks where task_id = any(array(
        select task_id from new_tasks order by task_id limit ${limit} for update skip locked
      ))
      returning task_id, origin
    )
    select t.id, t.user_id, taken.origin from taken join tasks t on t.id = taken.task_id order by t.id`);
  return rows.map(({ id, user_id, origin }) => ({ id, userId: user_id, origin: origin ?? undefined }));
}
