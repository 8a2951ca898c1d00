import { mkdirSync, writeFileSync } from "node:fs";
import { link, mkdir, open } from "node:fs/promises";
import { join } from "node:path";
import { newUuid } from "../../src/platform/ids/ids.js";
import type { Environment } from "./environment.js";
import { oneOf } from "./requests.js";
import type { Statement } from "./statements.js";
import { userIdOf } from "./users.js";

// The same rows by one raw statement each.

const card = `w.*, a.nickname, a.bio, a.avatar_media_id, a.created_at as author_since, s.*,
  exists (select from work_likes l where l.work_id = w.id and l.user_id = $1::uuid),
  exists (select from work_favorites f where f.work_id = w.id and f.user_id = $1::uuid)`;

export const feedStatement: Statement = {
  text: `select ${card}
    from (select * from work_stats where discover_score is not null
      order by discover_score desc, published_at desc, work_id desc limit 21) s
    join works w on w.id = s.work_id join users a on a.id = w.user_id and a.banned_at is null`,
  parametersOf: (user) => [userIdOf(user)],
};

export const followingStatement: Statement = {
  text: `select ${card}
    from (
      select * from works where status = 'PUBLISHED' and deleted_at is null
        and exists (select from follows where follower_id = $1::uuid and followed_id = works.user_id offset 0)
      order by published_at desc, id desc limit 21
    ) w
    join users a on a.id = w.user_id and a.banned_at is null join work_stats s on s.work_id = w.id`,
  parametersOf: (user) => [userIdOf(user)],
};

/** A like's row and its delta. New users like, so that every call writes. */
export const likeStatement = (workIds: readonly string[]): Statement => ({
  text: `with liked as (
      insert into work_likes (work_id, user_id, created_at) values ($1::uuid, $2::uuid, now())
      on conflict do nothing returning work_id
    )
    insert into work_stat_deltas (work_id, likes) select work_id, 1 from liked`,
  parametersOf: () => [oneOf(workIds), newUuid()],
});

/** Of the works that B12 publishes. */
export const publishedTitle = "A cat runs on grass";

const publishedFiles = ["preview.mp4", "small.webp", "medium.webp", "large.webp"];

/** Second names for four stored files in a new folder, whose names are on disk before this resolves. */
async function linkFiles(storageDir: string): Promise<void> {
  const folders = [join(storageDir, "ceiling"), newUuid(), newUuid()];
  const folder = join(...folders);
  await mkdir(folder, { recursive: true });
  await Promise.all(
    publishedFiles.map((name) => link(join(storageDir, "sources", name), join(folder, name))),
  );
  await Promise.all(
    folders.map(async (_, n) => {
      const handle = await open(join(...folders.slice(0, n + 1)));
      await handle.sync();
      await handle.close();
    }),
  );
}

/** The files that `publishStatement` links. */
export function storePublishedFiles({ storageDir }: Environment): void {
  mkdirSync(join(storageDir, "sources"), { recursive: true });
  for (const name of publishedFiles)
    writeFileSync(join(storageDir, "sources", name), "bytes", { flush: true });
}

/** The rows of a publication, of a video that is made for it, after the durable links to its files. */
export const publishStatement = ({ storageDir }: Environment): Statement => ({
  before: () => linkFiles(storageDir),
  text: `with task as (
      insert into tasks (id, user_id, prompt, duration_sec, ratio, model, hd, status, progress, cost_credits, finished_at)
      values ($1::uuid, $2::uuid, 'a cat', 10, 'RATIO_9_16', 'sora2', false, 'SUCCESS', 100, 10, now())
    ),
    video as (
      insert into videos (id, user_id, task_id, duration_sec, ratio, width, height, byte_size, sha256)
      values ($1::uuid, $2::uuid, $1::uuid, 10, 'RATIO_9_16', 720, 1280, 4000000, repeat('a', 64)) returning *
    ),
    work as (
      insert into works (id, user_id, video_id, task_id, title, description, prompt, prompt_price_credits, remixable,
        remix_fee_credits, status, publication_id, duration_sec, ratio, width, height, model, joined_prompt_length)
      select $3::uuid, user_id, id, task_id, '${publishedTitle}', '', 'a cat running on grass', 5, true, 2,
        'PUBLISHED', $4::uuid, duration_sec, ratio, width, height, 'sora2', 22 from video returning *
    )
    insert into work_stats (work_id, published_at, discover_score)
    select id, published_at, extract(epoch from published_at)::float8 / 86400 from work`,
  parametersOf: (user) => [newUuid(), userIdOf(user), newUuid(), newUuid()],
});
