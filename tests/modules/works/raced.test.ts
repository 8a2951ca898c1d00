import { sql } from "drizzle-orm";
import { print } from "graphql";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  DeleteVideoDocument,
  FollowDocument,
  LikeWorkDocument,
  MyWorksDocument,
  PublishWorkDocument,
  UnlikeWorkDocument,
  UnpublishWorkDocument,
  WorkDocument,
} from "../../../src/generated/operations.js";
import { workPrefix } from "../../../src/modules/works/works.ids.js";
import { communityBreachesOf } from "../../support/audit.js";
import type { ApiResult, Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { until } from "../../support/until.js";
import { publish, publishableVideo } from "../../support/works.js";
import { bansOf, uuidOf } from "../social/social-fixture.js";

const worksPerDay = 12;

let product: Product;
let fans: Client[];
beforeAll(async () => {
  product = await startProduct({ settings: { WORKS_PER_DAY: String(worksPerDay) } });
  fans = await Promise.all(Array.from({ length: 6 }, () => product.user()));
});
afterAll(() => product.close());

const outcome = ({ errors }: ApiResult<unknown>) =>
  errors ? [errors[0]?.extensions.code, errors[0]?.extensions.reason].filter(Boolean).join(" ") : "ok";
const times = <T>(count: number, value: (n: number) => T) =>
  Array.from({ length: count }, (_, n) => value(n));
const publishing = (client: Client, videoId: string, title = "A cat") =>
  client.execute(PublishWorkDocument, { input: { videoId, title } });
const like = (client: Client, workId: string) => client.execute(LikeWorkDocument, { input: { workId } });

async function expectExact(): Promise<void> {
  expect(await communityBreachesOf(product.app.db)).toEqual([]);
  await product.app.modules.works.updateCounts();
  expect(await communityBreachesOf(product.app.db)).toEqual([]);
}

test("publishWork against deleteVideo: either NOT_FOUND, or the work goes with the video", async () => {
  const outcomes: string[] = [];
  let author = await product.user();
  for (let n = 0; n < 20; n++) {
    if (n % worksPerDay === 0) author = await product.user();
    const videoId = await publishableVideo(product, author);
    const [published, deleted] = await Promise.all([
      publishing(author, videoId),
      author.execute(DeleteVideoDocument, { input: { videoId } }),
    ]);
    outcomes.push(outcome(published));
    expect(outcome(deleted)).toBe("ok");
    const { myWorks } = await author.request(MyWorksDocument, { first: 100 });
    expect(myWorks.nodes).toEqual([]);
    const id = published.data?.publishWork.work.id;
    if (id) expect((await author.request(WorkDocument, { id })).work).toBeNull();
  }
  expect(outcomes.filter((each) => each !== "ok" && each !== "NOT_FOUND")).toEqual([]);
  await expectExact();
});

test("twenty publishes of one video publish it once", async () => {
  const author = await product.user();
  const videoId = await publishableVideo(product, author);
  const outcomes = (await Promise.all(times(20, () => publishing(author, videoId)))).map(outcome);
  expect(outcomes.toSorted()).toEqual([...Array(19).fill("CONFLICT ALREADY_PUBLISHED"), "ok"]);
  expect((await author.request(MyWorksDocument, {})).myWorks.nodes).toHaveLength(1);
});

test("of twenty calls that bring a work back, one wins, and its input stands whole", async () => {
  const author = await product.user();
  const videoId = await publishableVideo(product, author);
  const { id: workId } = await publish(product, author, { videoId });
  await author.request(UnpublishWorkDocument, { input: { workId } });
  const results = await Promise.all(times(20, (n) => publishing(author, videoId, `title ${n}`)));
  expect(results.map(outcome).toSorted()).toEqual([...Array(19).fill("CONFLICT ALREADY_PUBLISHED"), "ok"]);
  const winner = results.findIndex(({ data }) => data);
  const { work } = await author.request(WorkDocument, { id: workId });
  expect(work).toMatchObject({ title: `title ${winner}`, status: "PUBLISHED" });
  expect((await fetch(work?.previewUrl as string)).status).toBe(200);
});

test("bringing back against unpublishing ends as one of the two, with files if and only if it is public", async () => {
  const author = await product.user();
  const videoId = await publishableVideo(product, author);
  const { id: workId } = await publish(product, author, { videoId });
  for (let n = 0; n < 10; n++) {
    const outcomes = await Promise.all([
      author.execute(UnpublishWorkDocument, { input: { workId } }),
      publishing(author, videoId),
      author.execute(UnpublishWorkDocument, { input: { workId } }),
      publishing(author, videoId),
    ]);
    expect(outcomes.map(outcome).filter((each) => !/^(ok|CONFLICT ALREADY_PUBLISHED)$/.test(each))).toEqual(
      [],
    );
    const { work } = await product.client().request(WorkDocument, { id: workId });
    const { work: own } = await author.request(WorkDocument, { id: workId });
    expect(work === null).toBe(own?.status === "UNPUBLISHED");
    expect((await fetch(own?.previewUrl as string)).status).toBe(200);
  }
  await expectExact();
});

test("bringing back a work that an operator removes at the same time is CONFLICT, and the removal stays", async () => {
  const author = await product.user();
  const videoId = await publishableVideo(product, author);
  const { id: workId } = await publish(product, author, { videoId });
  await author.request(UnpublishWorkDocument, { input: { workId } });
  const { call } = await product.testDb.database.db.transaction(async (tx) => {
    await tx.execute(sql`
      update works set status = 'REMOVED', removed_at = now(), removal_reason = 'a test',
        status_before_removal = 'UNPUBLISHED'
      where id = ${workPrefix.toUuid(workId)}`);
    const publication = publishing(author, videoId);
    await until("the publication to wait", async () => {
      const [row] = await product.app.db.execute<{ waiting: number }>(sql`
        select count(*)::int as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`);
      return row?.waiting === 1;
    });
    return { call: publication };
  });
  expect(outcome(await call)).toBe("CONFLICT WORK_REMOVED");
  expect((await author.request(WorkDocument, { id: workId })).work).toMatchObject({ status: "REMOVED" });
});

test("WORKS_PER_DAY is exact with thirty publishes at once, and bringing back is not counted", async () => {
  const author = await product.user();
  const videos = await Promise.all(times(30, () => publishableVideo(product, author)));
  const results = await Promise.all(videos.map((videoId) => publishing(author, videoId)));
  const published = results.flatMap(({ data }) => data?.publishWork.work.id ?? []);
  expect(published).toHaveLength(worksPerDay);
  const refused = results.flatMap(({ errors }) => errors ?? []);
  expect(new Set(refused.map(({ extensions }) => extensions.code))).toEqual(new Set(["QUOTA_EXCEEDED"]));
  const tomorrow = new Date(Math.ceil(Date.now() / 86_400_000) * 86_400_000).toISOString();
  expect(refused[0]?.extensions).toMatchObject({ limit: worksPerDay, resetAt: tomorrow });
  const { myWorks } = await author.request(MyWorksDocument, { first: 1 });
  const { id: workId, video } = myWorks.nodes[0] as { id: string; video: { id: string } };
  await author.request(UnpublishWorkDocument, { input: { workId } });
  expect(outcome(await publishing(author, video.id))).toBe("ok");
  const left = videos[results.findIndex(({ errors }) => errors)] as string;
  expect(outcome(await publishing(author, left))).toBe("QUOTA_EXCEEDED");
  await author.request(DeleteVideoDocument, { input: { videoId: video.id } });
  expect(outcome(await publishing(author, left))).toBe("QUOTA_EXCEEDED");
});

test("unpublishing against likes: each like is NOT_FOUND or counted, and counts are exact", async () => {
  const author = await product.user();
  for (let n = 0; n < 8; n++) {
    const { id: workId } = await publish(product, author);
    const results = await Promise.all([
      ...fans.map((fan) => like(fan, workId)),
      author.execute(UnpublishWorkDocument, { input: { workId } }),
      ...fans.map((fan) => fan.execute(UnlikeWorkDocument, { input: { workId } })),
    ]);
    expect(results.map(outcome).filter((each) => each !== "ok" && each !== "NOT_FOUND")).toEqual([]);
    await expectExact();
  }
});

test("a ban against likes, follows and publishing: what came before is counted out, what comes after is refused", async () => {
  const author = await product.user();
  const { id: workId } = await publish(product, author);
  for (let n = 0; n < 8; n++) {
    const fan = await product.user();
    const videoId = await publishableVideo(product, fan);
    const input = { userId: author.userId };
    const [banned, ...results] = await Promise.all([
      bansOf(product).ban({ userId: uuidOf(fan) }, "a test"),
      like(fan, workId),
      fan.execute(print(FollowDocument), { input }),
      publishing(fan, videoId),
      like(fan, workId),
      author.execute(print(FollowDocument), { input: { userId: fan.userId } }),
    ]);
    expect(banned.user.bannedAt).not.toBeNull();
    const allowed = ["ok", "NOT_FOUND", "UNAUTHENTICATED", "FORBIDDEN"];
    expect(results.map(outcome).filter((each) => !allowed.includes(each))).toEqual([]);
    await expectExact();
    const { work } = await product.client().request(WorkDocument, { id: workId });
    expect(work).toMatchObject({ likeCount: 0 });
    const { data } = results[2] as Awaited<ReturnType<typeof publishing>>;
    if (data) {
      const { id } = data.publishWork.work;
      expect((await product.client().request(WorkDocument, { id })).work).toBeNull();
    }
  }
  const [{ fans: banned } = { fans: [] }] = await product.app.db.execute<{ fans: string[] }>(
    sql`select array_to_json(array_agg(id)) as fans from users where banned_at is not null`,
  );
  await Promise.all(banned.map((userId) => bansOf(product).unban({ userId })));
  await expectExact();
});
