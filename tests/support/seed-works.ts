import { sql } from "drizzle-orm";
import { workPrefix } from "../../src/modules/works/works.ids.js";
import { newUuid } from "../../src/platform/ids/ids.js";
import type { Product } from "./product.js";

/**
 * Published works as rows, without files: copies of the task and the video of one seeded video. The first is the
 * newest, one second newer than the next. Returns public ids.
 */
export async function seedWorks(
  { app, seed }: Pick<Product, "app" | "seed">,
  author: string,
  count: number,
): Promise<string[]> {
  const { userId, id: first } = await seed.video(author);
  const ids = Array.from({ length: count }, newUuid);
  const id = sql`unnest(${sql.param(ids)}::uuid[]) as copy(id)`;
  await app.db.execute(sql`
    insert into tasks select (jsonb_populate_record(t, jsonb_build_object('id', copy.id))).*
    from tasks t, ${id} where t.id = ${first}`);
  await app.db.execute(sql`
    insert into videos
    select (jsonb_populate_record(v, jsonb_build_object('id', copy.id, 'task_id', copy.id))).*
    from videos v, ${id} where v.id = ${first}`);
  await app.db.execute(sql`
    insert into works (id, user_id, video_id, task_id, title, description, prompt, prompt_price_credits, remixable,
      remix_fee_credits, status, publication_id, duration_sec, ratio, width, height, model, published_at, joined_prompt_length)
    select copy.id, ${userId}, copy.id, copy.id, 'A cat', '', 'a cat', 5, true, 2, 'PUBLISHED', gen_random_uuid(),
      10, 'RATIO_9_16', 144, 256, 'sora2', clock_timestamp() - copy.n * interval '1 s', 5
    from unnest(${sql.param(ids)}::uuid[]) with ordinality as copy(id, n)`);
  await app.db.execute(sql`
    insert into work_stats (work_id, published_at, discover_score)
    select id, published_at, extract(epoch from published_at)::float8 / 86400
    from works where id = any(${sql.param(ids)}::uuid[])`);
  return ids.map((uuid) => workPrefix.toPublicId(uuid));
}

/** As if it had been published then. */
export async function setPublishedAt({ app }: Product, workId: string, publishedAt: Date): Promise<void> {
  const id = workPrefix.toUuid(workId);
  const at = publishedAt.toISOString();
  await app.db.execute(sql`update works set published_at = ${at} where id = ${id}`);
  await app.db.execute(sql`
    update work_stats set published_at = ${at}, discover_score = discover_score
      + extract(epoch from ${at}::timestamptz)::float8 / 86400 - extract(epoch from published_at)::float8 / 86400
    where work_id = ${id}`);
}
