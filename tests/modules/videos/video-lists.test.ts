import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/postgres-js";
import type { Sql } from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ProjectsService } from "../../../src/modules/projects/index.js";
import { videoTaskRelation } from "../../../src/modules/tasks/index.js";
import type { Task } from "../../../src/modules/tasks/tasks.graphql.js";
import type { Video } from "../../../src/modules/videos/index.js";
import { VideoPages, VideosService } from "../../../src/modules/videos/index.js";
import { insertVideo } from "../../../src/modules/videos/videos.repository.js";
import { videos } from "../../../src/modules/videos/videos.tables.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import type { Db } from "../../../src/platform/db/index.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import { primaryOnly, type ReadRouter } from "../../../src/platform/lists/read-router.js";
import { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { MediaLinks } from "../../../src/platform/storage/media-links.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { planOf } from "../../support/plan-of.js";
import { requestedFields } from "../../support/requested-fields.js";
import type { Seed } from "../../support/seed.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

let testDb: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let db: Db;
let seed: Seed;
let service: VideosService;

/** The requested fields of the nodes. */
let now = new Date("2026-03-04T05:06:07.890Z");
beforeAll(async () => {
  testDb = await freshDatabase();
  folder = await temporaryFolder();
  db = testDb.database.db;
  seed = testDb.seed;
  const links = new MediaLinks(
    new Keyring(["a secret of at least thirty-two bytes"]),
    () => "https://a.test/sub/",
  );
  const storage = await DiskStorage.open(folder.path, links);
  const lists = primaryOnly(db);
  service = new VideosService({
    db,
    pages: new VideoPages(lists, []),
    storage,
    clock: { now: () => now },
    showsAiLabels: true,
  });
});
afterAll(async () => {
  await testDb.drop();
  await folder.remove();
});

async function walk(userId: string, first: number, between: () => Promise<unknown> = async () => {}) {
  const seen: Video[] = [];
  for (let after: string | null = null; ; ) {
    const page = await service.list(userId, { first, after, projectId: null }, requestedFields("id"));
    seen.push(...page.nodes);
    if (!page.pageInfo.hasNextPage) return seen;
    after = page.pageInfo.endCursor;
    await between();
  }
}

test("all pages together contain every video once, newest first, while others are added and deleted", async () => {
  const { id: ana } = await seed.user();
  const { id: bo } = await seed.user();
  const made: string[] = [];
  for (let n = 0; n < 11; n++) {
    // Several have the same millisecond, so the id decides their order.
    const createdAt = new Date(Date.UTC(2026, 2, 1, 0, 0, 0, Math.floor(n / 3)));
    made.push((await seed.video(ana, { createdAt })).id);
    await seed.video(bo, { createdAt });
  }
  const doomed = await seed.video(ana, { createdAt: new Date("2026-02-01T00:00:00Z") });
  let rounds = 0;
  const seen = await walk(ana, 4, async () => {
    await seed.video(ana, { createdAt: new Date(Date.UTC(2026, 2, 2, 0, 0, rounds++)) });
    await db.update(videos).set({ deletedAt: new Date() }).where(eq(videos.id, doomed.id));
  });
  expect(seen.map((video) => video.row.id)).toEqual([...made].reverse());
  expect((await walk(ana, 100)).length).toBe(made.length + rounds);
});

test("a list can be filtered by project, and is empty for an unknown project", async () => {
  const { id: ana } = await seed.user();
  const projects = new ProjectsService({ db, lists: primaryOnly(db), clock: { now: () => now } });
  const { row: project } = await projects.create(ana, { name: "films", description: "" });
  const inside = await seed.video(ana, { projectId: project.id });
  await seed.video(ana);
  const ask = async (id: string) =>
    (await service.list(ana, { first: null, after: null, projectId: id }, requestedFields("id"))).nodes.map(
      (v) => v.row.id,
    );
  expect(await ask(publicId("project", project.id))).toEqual([inside.id]);
  expect(await ask(publicId("project", newUuid()))).toEqual([]);
  expect(await ask("project_nonsense")).toEqual([]);
});

test("lists are read from their index in order, however many videos there are", async () => {
  const { id: ana } = await seed.user();
  await db.execute(sql`
    insert into projects (id, user_id, name, description, created_at, updated_at)
    select lpad(n::text, 32, '0')::uuid, ${ana}, 'films', '', now(), now() from generate_series(0, 99) n`);
  await db.execute(sql`
    with made as (
      insert into tasks (id, user_id, prompt, duration_sec, ratio, model, hd, cost_credits, status, progress, finished_at)
      select gen_random_uuid(), ${ana}, 'a cat', 10, 'RATIO_9_16', 'sora2', false, 10, 'SUCCESS', 100, now()
      from generate_series(1, 5000) returning id, user_id)
    insert into videos (id, user_id, task_id, project_id, duration_sec, ratio, width, height, byte_size, sha256)
    select id, user_id, id, lpad((row_number() over () % 100)::text, 32, '0')::uuid, 10, 'RATIO_9_16', 720, 1280, 1,
      repeat('0a', 32) from made`);
  await db.execute(sql`analyze videos`);
  const page = { first: 20, after: Buffer.from(`${Date.now()}:${newUuid()}`).toString("base64url") };
  const project = "00000000-0000-0000-0000-000000000007";
  const fields = requestedFields("task { id } project { id }");
  for (const projectId of [undefined, project]) {
    const ask = (lists: ReadRouter) =>
      new VideoPages(lists, [videoTaskRelation]).read({ userId: ana, page, fields, projectId });
    expect((await ask(primaryOnly(db))).pageInfo.hasNextPage).toBe(true);
    const plan = await planOf(db, (watched) => ask(primaryOnly(watched)));
    expect(plan).toContain(projectId ? "videos_by_project" : "videos_by_user");
    // The scan stops at the end of a page. Only the pages are sorted, by user.
    expect(plan.slice(plan.indexOf("Limit"))).not.toContain("Sort");
  }
});

test("a page reads only the columns that its fields need", async () => {
  const { id: ana } = await seed.user();
  const video = await seed.video(ana);
  const read = async (fields: string) => {
    const texts: string[] = [];
    const { $client: client } = db as Db & { $client: Sql };
    const watched = drizzle(client, { logger: { logQuery: (text) => texts.push(text) } });
    const pages = new VideoPages(primaryOnly(watched), [videoTaskRelation]);
    const page = await pages.read({
      userId: ana,
      page: { first: 1, after: null },
      fields: requestedFields(fields),
    });
    const node = page.nodes[0] as Video;
    const task = node.eagerRelations?.task as Task;
    return { text: texts.join(), node, task, cursor: page.pageInfo.endCursor };
  };
  const plain = await read("id width task { __typename id prompt }");
  expect([plain.node.width, plain.task.prompt]).toEqual([720, expect.any(String)]);
  expect([plain.node.sha256, plain.task.note]).toEqual([undefined, undefined]);
  expect(plain.text).not.toMatch(/"sha256"|"note"/);
  const grid = await read("id previewUrl thumbnailUrl task { refunded }");
  expect(grid.node.row.id).toBe(video.id);
  expect(grid.task.refunded).toBe(false);
  expect(grid.text).not.toMatch(/"sha256"|"width"|"prompt"/);
  expect(grid.cursor).toBe(plain.cursor);
});

test("few statements are cached for many documents, and every document gets all of its fields", async () => {
  const { id: ana } = await seed.user();
  const video = await seed.video(ana);
  const plain = ["durationSec", "ratio", "width", "height", "byteSize", "sha256", "createdAt"] as const;
  const texts = new Set<string>();
  const { $client: client } = db as Db & { $client: Sql };
  const watched = drizzle(client, { logger: { logQuery: (text) => texts.add(text) } });
  const pages = new VideoPages(primaryOnly(watched), []);
  for (let n = 0; n < 2 ** plain.length; n++) {
    const names = plain.filter((_, place) => (n >> place) & 1);
    const fields = requestedFields(["id", ...names].join(" "));
    const { nodes } = await pages.read({ userId: ana, page: { first: 1, after: null }, fields });
    expect(names.map((name) => nodes[0]?.[name])).toEqual(names.map((name) => video[name]));
  }
  expect(texts.size).toBeLessThan(35);
});

test("another user's video, a deleted one and an unknown id are all null", async () => {
  const [{ id: ana }, { id: bo }] = [await seed.user(), await seed.user()];
  const video = await seed.video(ana);
  expect((await service.findByPublicId(ana, publicId("video", video.id)))?.row.id).toBe(video.id);
  expect(await service.findByPublicId(bo, publicId("video", video.id))).toBeNull();
  expect(await service.findByPublicId(ana, publicId("task", video.id))).toBeNull();
  expect(await service.findByPublicId(ana, "video_' or 1=1 --")).toBeNull();
  await db.update(videos).set({ deletedAt: new Date() }).where(eq(videos.id, video.id));
  expect(await service.findByPublicId(ana, publicId("video", video.id))).toBeNull();
  expect((await service.loadByTask([video.taskId])).size).toBe(0);
});

test("a task's video is inserted once, however often the step runs", async () => {
  const { id: ana } = await seed.user();
  const video = await seed.video(ana);
  await db.transaction((tx) => insertVideo(tx, { ...video, width: 1 }));
  const found = (await service.loadByTask([video.taskId])).get(video.taskId);
  expect(found).toMatchObject({ width: 720, byteSize: 1_234_567, downloadCount: 0 });
  expect(await service.loadCountByUser([ana])).toEqual(new Map([[ana, 1]]));
});

test("the count of a user's videos includes deleted ones", async () => {
  const [{ id: ana }, { id: bo }] = [await seed.user(), await seed.user()];
  await seed.video(ana);
  await seed.video(ana, {});
  await db.update(videos).set({ deletedAt: new Date() }).where(eq(videos.userId, ana));
  await seed.video(bo);
  expect(await service.loadCountByUser([ana, bo, newUuid()])).toEqual(
    new Map([
      [ana, 2],
      [bo, 1],
    ]),
  );
});

test("a preview's link stays the same all day, so that browsers cache it", async () => {
  const { id: ana } = await seed.user();
  const { id } = await seed.video(ana);
  const video = (await service.find(ana, id)) as Video;
  const morning = [await service.previewUrl(video), await service.thumbnailUrl(video, "SMALL")];
  now = new Date("2026-03-04T23:59:59.999Z");
  expect([await service.previewUrl(video), await service.thumbnailUrl(video, "SMALL")]).toEqual(morning);
  const { origin, pathname, searchParams } = new URL(morning[0] as string);
  expect(`${origin}${pathname}`).toBe(`https://a.test/sub/media/videos/${id}/preview.mp4`);
  // Valid for a whole day, even if it was created in the last millisecond of a day.
  expect(Number(searchParams.get("expires")) * 1000).toBe(Date.parse("2026-03-06T00:00:00Z"));
  now = new Date("2026-03-05T00:00:00.000Z");
  expect(await service.previewUrl(video)).not.toBe(morning[0]);
});
