import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { print } from "graphql";
import {
  FeedDocument,
  LikeWorkDocument,
  PublishWorkDocument,
  UnlikeWorkDocument,
} from "../../src/generated/operations.js";
import { thumbnailNames } from "../../src/modules/media/index.js";
import { getVideoFolder, previewKey, stillKey } from "../../src/modules/videos/index.js";
import { WorkCounts } from "../../src/modules/works/reactions/work-counts.js";
import { connectDatabase } from "../../src/platform/db/index.js";
import { createBus } from "../../src/platform/events/create-bus.js";
import { newUuid, publicId } from "../../src/platform/ids/ids.js";
import { createLogger } from "../../src/platform/observability/logger.js";
import { Client } from "../support/client.js";
import { publishedTitle } from "./community-statements.js";
import type { Environment } from "./environment.js";
import { HttpLane, requestOf } from "./http-lane.js";
import { type Lane, type Measured, measure, warmUpMs } from "./measure.js";
import type { Options } from "./options.js";
import { oneOf, type Work } from "./requests.js";
import { type BenchUser, userIdOf } from "./users.js";

/** Videos with files that are stored for each second of a measurement: more than can be published. */
const unpublishedPerSec = 2_000;
/** Publishing links files and does not read them, so their size does not matter. */
const fileBytes = 4_096;

export const feedFirstPage: Work = {
  name: "B9 Feed, 20 a page",
  document: FeedDocument,
  variables: () => ({ first: 20 }),
};

export const following: Work = {
  name: "B10 Feed FOLLOWING, 500 follows",
  document: FeedDocument,
  variables: () => ({ kind: "FOLLOWING", first: 20 }),
};

/** Requests for the tenth page of the feed, each with the cursor of its own chain. */
async function tenthPages(url: string, users: BenchUser[]): Promise<Buffer[]> {
  return Promise.all(
    users.slice(0, 64).map(async ({ token }) => {
      const client = Object.assign(new Client(url), { token });
      let after: string | null = null;
      for (let page = 1; page < 10; page++) {
        const { feed }: { feed: { pageInfo: { endCursor: string | null } } } = await client.request(
          FeedDocument,
          {
            first: 20,
            after,
          },
        );
        after = feed.pageInfo.endCursor;
      }
      return requestOf(url, token, print(FeedDocument), { first: 20, after });
    }),
  );
}

export async function measureTenthPage(env: Environment, { conns, seconds }: Options): Promise<Measured> {
  const requests = await tenthPages(env.url, env.users);
  const lanes = Array.from({ length: conns }, () => HttpLane.open(env.url, () => oneOf(requests)));
  return measure(await Promise.all(lanes), seconds, env);
}

/** Bare UUIDs of the newest works. */
export async function newestWorks({ sql }: Environment): Promise<string[]> {
  const rows = await sql<{ id: string }[]>`select id from works order by published_at desc limit 1000`;
  return rows.map(({ id }) => id);
}

/** Adds reactions and tips to the works' counts every second, as a worker does. */
export async function countReactions({ databaseUrl: url }: Environment): Promise<{ stop(): Promise<void> }> {
  const logger = await createLogger({ level: "error", pretty: false });
  const bus = createBus({ directUrl: url, redis: null }, logger);
  const database = connectDatabase({ url, poolSize: 1, prepare: true, applicationName: "bench" });
  const counting = new WorkCounts(database.db, bus, logger).start();
  return {
    stop: async () => {
      await counting.stop();
      await bus.close();
      await database.close();
    },
  };
}

/** Likes and takes the like back by turns, so that every request changes something. One user for each connection. */
export async function measureLikes(
  env: Environment,
  { conns, seconds }: Options,
  workIds: readonly string[],
): Promise<Measured> {
  const lanes = env.users.slice(0, conns).map((user, nth) => {
    let turn = 0;
    return HttpLane.open(env.url, () => {
      const workId = workIds[(nth * 17 + (turn >> 1)) % workIds.length] as string;
      const document = turn++ % 2 === 0 ? LikeWorkDocument : UnlikeWorkDocument;
      return requestOf(env.url, user.token, print(document), {
        input: { workId: publicId("work", workId) },
      });
    });
  });
  const counting = await countReactions(env);
  return measure(await Promise.all(lanes), seconds, env).finally(() => counting.stop());
}

/** Publishes videos of the users, each once. */
export async function measurePublishing(env: Environment, { conns, seconds }: Options): Promise<Measured> {
  const waiting = await seedUnpublished(env, unpublishedPerSec * (seconds + warmUpMs(seconds) / 1_000));
  const lanes = Array.from({ length: conns }, () =>
    HttpLane.open(env.url, () => {
      const next = waiting.pop();
      if (!next) throw new Error("all videos are published");
      const input = { videoId: publicId("video", next.id), title: publishedTitle };
      return requestOf(env.url, next.token, print(PublishWorkDocument), { input });
    }),
  );
  return measure(await Promise.all(lanes), seconds, env);
}

/** The next round then finds the same works as the first, instead of thousands of newer ones by users without followers. */
export async function takeBackPublished({ sql }: Environment): Promise<void> {
  await sql`update works set status = 'UNPUBLISHED', publication_id = null where title = ${publishedTitle} and status = 'PUBLISHED'`;
  await sql`vacuum works`;
}

async function seedUnpublished(
  { sql, users, storageDir }: Environment,
  count: number,
): Promise<{ id: string; token: string }[]> {
  const bytes = Buffer.alloc(fileBytes, 1);
  const videos = Array.from({ length: count }, (_, n) => {
    const user = users[n % users.length] as BenchUser;
    return { id: newUuid(), ingestId: newUuid(), userId: userIdOf(user), token: user.token };
  });
  for (const video of videos) {
    const folder = getVideoFolder(video);
    write(storageDir, previewKey(folder), bytes);
    for (const size of thumbnailNames) write(storageDir, stillKey(folder, size), bytes);
  }
  const [ids, owners, ingests] = [
    videos.map(({ id }) => id),
    videos.map(({ userId }) => userId),
    videos.map(({ ingestId }) => ingestId),
  ];
  await sql`insert into tasks (id, user_id, prompt, duration_sec, ratio, model, hd, status, progress, cost_credits,
      created_at, finished_at)
    select id, user_id, 'a cat running on grass', 10, 'RATIO_9_16', 'sora2', false, 'SUCCESS', 100, 10, now(), now()
    from unnest(${ids}::uuid[], ${owners}::uuid[]) v(id, user_id)`;
  await sql`insert into videos (id, user_id, task_id, ingest_id, duration_sec, ratio, width, height, byte_size, sha256,
      created_at)
    select id, user_id, id, ingest_id, 10, 'RATIO_9_16', 720, 1280, 4000000, repeat('a', 64), now()
    from unnest(${ids}::uuid[], ${owners}::uuid[], ${ingests}::uuid[]) v(id, user_id, ingest_id)`;
  return videos;
}

function write(storageDir: string, key: string, bytes: Buffer): void {
  const path = join(storageDir, key);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
}

/** A request every 1000 / `perSec` ms, whether or not the ones before it are answered. */
export async function measurePaced(
  env: Environment,
  { seconds }: Options,
  { document, variables }: Work,
  perSec: number,
): Promise<Measured> {
  const requests = env.users.map((user) =>
    requestOf(env.url, user.token, print(document), variables?.(user) as object),
  );
  const lanes: Lane[] = await Promise.all(
    Array.from({ length: 64 }, () => HttpLane.open(env.url, () => oneOf(requests))),
  );
  return measure(lanes, seconds, env, { perSec });
}
