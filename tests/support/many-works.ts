import type postgres from "postgres";

interface ManyWorks {
  works: number;
  authors: number;
  /** Bare UUIDs of users, each of whom follows so many authors. */
  followers: string[];
  followsPerUser: number;
}

/** Published works of many authors over the last month, their counts, and whom the users follow. By SQL. */
export async function seedManyWorks(
  sql: postgres.Sql,
  { works: count, authors, followers, followsPerUser }: ManyWorks,
): Promise<void> {
  await sql`insert into users (id, phone, nickname, created_at)
    select uuidv7(), '+1555' || lpad(n::text, 7, '0'), 'Author ' || n, now() from generate_series(1, ${authors}::int) n`;
  await sql`create table bench_works as
    select uuidv7() as id, uuidv7() as video_id, a.id as user_id, n,
      date_trunc('milliseconds', clock_timestamp() - random() * interval '30 days') as published_at,
      floor(1000 * random() ^ 8)::int as likes, floor(300 * random() ^ 8)::int as favorites
    from generate_series(1, ${count}::int) n
    join (select id, row_number() over () as nr from users where nickname like 'Author %') a
      on a.nr = 1 + n % ${authors}::int`;
  await sql.begin(async (tx) => {
    // Without foreign keys: nothing here reads the tasks.
    await tx`set local session_replication_role = replica`;
    await tx`insert into videos (id, user_id, task_id, duration_sec, ratio, width, height, byte_size, sha256, created_at)
    select video_id, user_id, video_id, 10, 'RATIO_9_16', 720, 1280, 4000000, repeat('a', 64), published_at
    from bench_works order by published_at`;
    await tx`insert into works (id, user_id, video_id, task_id, title, description, prompt, prompt_price_credits,
      remixable, remix_fee_credits, status, publication_id, duration_sec, ratio, width, height, model, published_at,
      updated_at, joined_prompt_length)
    select id, user_id, video_id, video_id, 'A cat runs on grass, take ' || n, 'golden hour, 35mm',
      'a cat running on grass', 5, true, 2, 'PUBLISHED', uuidv7(), 10, 'RATIO_9_16', 720, 1280, 'sora2',
      published_at, published_at, 22
    from bench_works order by published_at`;
  });
  await sql`insert into work_stats (work_id, likes, favorites, published_at, discover_score)
    select id, likes, favorites, published_at,
      ln((1 + likes + 2 * favorites)::float8) / ln(2::float8) + extract(epoch from published_at)::float8 / 86400
    from bench_works order by published_at`;
  await sql`drop table bench_works`;
  await sql`insert into follows (follower_id, followed_id, created_at)
    select u, a.id, now() from unnest(${followers}::uuid[]) u
    cross join lateral (
      select id from users where nickname like 'Author %' and u is not null order by random() limit ${followsPerUser}
    ) a`;
  // Not the whole database: a plan for a table that is known to be empty reads all of it.
  await sql`vacuum analyze users, videos, works, work_stats, follows`;
}
