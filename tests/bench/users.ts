import type postgres from "postgres";
import { CreateTaskDocument } from "../../src/generated/operations.js";
import { uuidFromPublicId } from "../../src/platform/ids/ids.js";
import { Client } from "../support/client.js";

export interface BenchUser {
  id: string;
  token: string;
  /** The public id of a task of the user. */
  taskId: string;
}

/** The bare UUID. */
export const userIdOf = ({ id }: BenchUser) => uuidFromPublicId("user", id) as string;

/** Logs in through the API and creates a task for each user. The same phones are the same users. */
export async function logIn(
  url: string,
  sql: postgres.Sql,
  count: number,
  code: string,
): Promise<BenchUser[]> {
  await sql`delete from login_codes`;
  const users: BenchUser[] = [];
  for (let n = 0; n < count; n += 16) {
    const few = Array.from({ length: Math.min(16, count - n) }, (_, k) => phoneOf(n + k));
    users.push(...(await Promise.all(few.map((phone) => logInOne(url, phone, code)))));
  }
  return users;
}

async function logInOne(url: string, phone: string, code: string): Promise<BenchUser> {
  const client = new Client(url);
  const { accessToken, user } = await client.logIn(phone, code);
  const { createTask } = await client.request(CreateTaskDocument, {
    input: { prompt: "a cat running on grass" },
  });
  return { id: user.id, token: accessToken, taskId: createTask.task.id };
}

function phoneOf(n: number): string {
  return `+86139${10_000_000 + n}`;
}

/**
 * Inserts five projects per user, and the videos with the tasks that made them. By SQL, because the API makes
 * videos only through a vendor.
 */
export async function seedVideos(sql: postgres.Sql, users: BenchUser[], videos: number): Promise<void> {
  const ids = users.map(userIdOf);
  const perUser = Math.ceil(videos / users.length);
  await sql`insert into projects (id, user_id, name, description, created_at, updated_at)
    select uuidv7(), u, 'project ' || n, '', now(), now()
    from unnest(${ids}::uuid[]) u, generate_series(1, 5) n`;
  await sql`create table bench_videos as
    select uuidv7() as id, p.user_id, p.ids[1 + n % 5] as project_id, n
    from generate_series(1, ${perUser}::int) n,
      (select user_id, array_agg(id) as ids from projects group by user_id) p`;
  await sql`insert into tasks (id, user_id, project_id, prompt, duration_sec, ratio, model, hd, status,
      progress, cost_credits, created_at, finished_at)
    select id, user_id, project_id, 'a cat running on grass, take ' || n, 10, 'RATIO_9_16', 'sora2', false,
      'SUCCESS', 100, 10, now() - interval '30 days' + n * interval '1 minute', now() - interval '1 hour'
    from bench_videos`;
  await sql`insert into videos (id, user_id, task_id, project_id, duration_sec, ratio, width, height,
      byte_size, sha256, created_at)
    select id, user_id, id, project_id, 10, 'RATIO_9_16', 720, 1280, 4000000, repeat('a', 64),
      now() - interval '30 days' + n * interval '1 minute'
    from bench_videos order by n`;
  await sql`drop table bench_videos`;
  await sql`vacuum analyze users, projects, tasks, videos`;
}
