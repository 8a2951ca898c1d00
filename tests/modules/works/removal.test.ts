import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  DeleteVideoDocument,
  FeedDocument,
  LikeWorkDocument,
  MyWorksDocument,
  PublishWorkDocument,
  TipWorkDocument,
  UnlockedPromptsDocument,
  UnlockPromptDocument,
  UnpublishWorkDocument,
  UpdateWorkDocument,
  WalletDocument,
  WorkChangedDocument,
  WorkDocument,
} from "../../../src/generated/operations.js";
import { creditsMax } from "../../../src/modules/wallet/index.js";
import { release } from "../../../src/modules/wallet/ledger/index.js";
import { PaymentReversals, RemovalService, TakedownService } from "../../../src/modules/works/index.js";
import { newUuid, publicId, uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { collect } from "../../support/collect.js";
import { callCommand } from "../../support/command.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit } from "../../support/tasks.js";
import { until } from "../../support/until.js";
import { type PublishedWork, publish, publishableVideo } from "../../support/works.js";

let product: Product;
let ana: Client;
let bo: Client;
/** The same as the commands do, in this process. */
let removals: RemovalService;
let takedowns: TakedownService;
beforeAll(async () => {
  product = await startProduct({
    settings: { FEED_REFRESH_MS: "0", WORKS_PER_DAY: "1000", SIGNUP_CREDITS: "1000" },
  });
  [ana, bo] = [await product.user(), await product.user()];
  removals = new RemovalService(product.app);
  const { db, bus } = product.app;
  takedowns = new TakedownService({ ...product.app, reversals: new PaymentReversals(db, bus) });
});
afterAll(() => product.close());

const skyriff = (...args: string[]) =>
  callCommand({ DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir }, ...args);

const removeByCommand = (id: string, reason = "stolen") =>
  skyriff("works", "remove", "--work", id, "--reason", reason);
const restoreByCommand = (id: string) => skyriff("works", "restore", "--work", id);

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

const linksOf = ({ previewUrl, thumbnailUrl }: PublishedWork) => [previewUrl, thumbnailUrl];
const seenBy = async (client: Client, id: string) => (await client.request(WorkDocument, { id })).work;
/** As its author sees it. */
const ownWork = async (id: string) =>
  (await ana.request(MyWorksDocument, { first: 100 })).myWorks.nodes.find((work) => work.id === id);
const feedOf = async (client: Client) =>
  (await client.request(FeedDocument, { first: 100 })).feed.nodes.map(({ id }) => id);

describe("works remove", () => {
  test("takes a work out of everything at once, kills its links, and gives the author the reason", async () => {
    const work = await publish(product, ana, { title: "Removed" });
    const watching = bo.subscribe(WorkChangedDocument, { workId: work.id });
    await watching.next();
    expect(await Promise.all(linksOf(work).map(statusOf))).toEqual([200, 200]);
    expect(await removeByCommand(work.id)).toMatchObject({
      code: 0,
      stdout: `Removed. ${work.id} was PUBLISHED. Its links stop working.\n`,
    });
    expect(await Promise.all(linksOf(work).map(statusOf))).toEqual([404, 404]);
    expect((await watching.next()).done).toBe(true);
    for (const client of [bo, product.client()]) {
      expect(await seenBy(client, work.id)).toBeNull();
      expect(await feedOf(client)).not.toContain(work.id);
    }
    const own = await ownWork(work.id);
    expect(own).toMatchObject({ status: "REMOVED", removal: { reason: "stolen" } });
    expect(await statusOf(own?.previewUrl as string)).toBe(200);
  });

  test("looks to others like a work that does not exist", async () => {
    const work = await publish(product, ana);
    await removals.remove(work.id, "stolen");
    const refusals = await Promise.all(
      [work.id, publicId("work", newUuid())].map(
        async (workId) => (await bo.execute(LikeWorkDocument, { input: { workId } })).errors,
      ),
    );
    expect(refusals[0]).toEqual(refusals[1]);
    expect(refusals[0]?.[0]?.extensions.code).toBe("NOT_FOUND");
  });

  test("leaves the author no way back", async () => {
    const videoId = await publishableVideo(product, ana);
    const work = await publish(product, ana, { videoId });
    await removals.remove(work.id, "stolen");
    const input = { workId: work.id };
    const refusalOf = async (call: Promise<{ errors?: { extensions: object }[] | undefined }>) =>
      (await call).errors?.[0]?.extensions;
    const removed = { code: "CONFLICT", reason: "WORK_REMOVED" };
    expect(
      await refusalOf(ana.execute(UpdateWorkDocument, { input: { ...input, title: "New" } })),
    ).toMatchObject(removed);
    expect(await refusalOf(ana.execute(UpdateWorkDocument, { input }))).toMatchObject(removed);
    expect(
      await refusalOf(ana.execute(PublishWorkDocument, { input: { videoId, title: "Back" } })),
    ).toMatchObject(removed);
    const { unpublishWork } = await ana.request(UnpublishWorkDocument, { input });
    expect(unpublishWork.work.status).toBe("REMOVED");
    expect((await removals.restore(work.id)).status).toBe("PUBLISHED");
  });

  test("of a removed work changes nothing and prints the first reason", async () => {
    const work = await publish(product, ana);
    await removals.remove(work.id, "stolen");
    expect(await removeByCommand(work.id, "other words")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`^${work.id} is removed already, since \\S+Z: stolen\n$`)),
    });
  });

  test("twenty times at once removes it once", async () => {
    const work = await publish(product, ana);
    const results = await Promise.all(Array.from({ length: 20 }, () => removals.remove(work.id, "stolen")));
    expect(results.filter(({ isNew }) => isNew)).toHaveLength(1);
  });

  test("raced with unpublishWork and deleteVideo causes no deadlock, and no link stays alive", async () => {
    for (let n = 0; n < 5; n++) {
      const videoId = await publishableVideo(product, ana);
      const work = await publish(product, ana, { videoId });
      const [removal, , deletion] = await Promise.allSettled([
        removals.remove(work.id, "stolen"),
        ana.request(UnpublishWorkDocument, { input: { workId: work.id } }),
        ana.request(DeleteVideoDocument, { input: { videoId } }),
      ]);
      expect(deletion.status).toBe("fulfilled");
      if (removal.status === "rejected") expect(String(removal.reason)).toContain("is gone");
      for (const url of linksOf(work)) expect(await statusOf(url)).toBe(404);
    }
  });
});

describe("works restore", () => {
  test("gives a published work back at its old place, with its counts and new links", async () => {
    const work = await publish(product, ana);
    await bo.request(LikeWorkDocument, { input: { workId: work.id } });
    await removals.remove(work.id, "a mistake");
    expect(await restoreByCommand(work.id)).toMatchObject({
      code: 0,
      stdout: `Restored. ${work.id} is PUBLISHED again.\n`,
    });
    const back = await seenBy(bo, work.id);
    expect(back).toMatchObject({ publishedAt: work.publishedAt, likeCount: 1, viewerLiked: true });
    expect(back?.previewUrl).not.toBe(work.previewUrl);
    expect(await Promise.all(linksOf(back as PublishedWork).map(statusOf))).toEqual([200, 200]);
    expect(await Promise.all(linksOf(work).map(statusOf))).toEqual([404, 404]);
    expect(await feedOf(bo)).toContain(work.id);
    expect((await ownWork(work.id))?.removal).toBeNull();
  });

  test("leaves a work unpublished that its author had taken out before", async () => {
    const work = await publish(product, ana);
    await ana.request(UnpublishWorkDocument, { input: { workId: work.id } });
    await removals.remove(work.id, "stolen");
    expect(await seenBy(ana, work.id)).toMatchObject({ status: "REMOVED" });
    expect((await removals.restore(work.id)).status).toBe("UNPUBLISHED");
    expect(await seenBy(bo, work.id)).toBeNull();
  });

  test("ten times at once restores it once, and the copies of the others are deleted", async () => {
    const work = await publish(product, ana);
    await removals.remove(work.id, "stolen");
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => removals.restore(work.id)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const files: string[] = [];
    const folder = `public/${String((await rowOf(work.id)).id)}`;
    for await (const { key } of product.app.storage.list(folder)) files.push(key);
    expect(files).toHaveLength(4);
  });

  test("is refused with a sentence if the work is not removed, does not exist, or its video is gone", async () => {
    const videoId = await publishableVideo(product, ana);
    const work = await publish(product, ana, { videoId });
    expect(await restoreByCommand(work.id)).toMatchObject({
      code: 1,
      stdout: "",
      stderr: `${work.id} is not removed: it is PUBLISHED.\n`,
    });
    await expect(removals.restore("work_x")).rejects.toThrow("There is no work work_x.");
    await expect(removals.remove(work.id, " ")).rejects.toThrow("reason must have 1 to 500 characters.");
    await removals.remove(work.id, "stolen");
    await ana.request(DeleteVideoDocument, { input: { videoId } });
    const gone = `The video of ${work.id} is gone, and the work with it.`;
    await expect(removals.restore(work.id)).rejects.toThrow(gone);
    await expect(removals.remove(work.id, "stolen")).rejects.toThrow(gone);
  });

  test("during a deletion of the video either comes first, and no public file stays", async () => {
    for (let n = 0; n < 5; n++) {
      const videoId = await publishableVideo(product, ana);
      const work = await publish(product, ana, { videoId });
      await removals.remove(work.id, "stolen");
      await Promise.allSettled([
        removals.restore(work.id),
        ana.request(DeleteVideoDocument, { input: { videoId } }),
      ]);
      expect(await rowOf(work.id)).toMatchObject({ publication_id: null });
      const folder = `public/${String((await rowOf(work.id)).id)}`;
      await until("no public file", async () => {
        for await (const _ of product.app.storage.list(folder)) return false;
        return true;
      });
    }
  });
});

/** A remix of a work, published by a user, as a task that ended with a video leaves it. */
async function publishRemix(client: Client, sourceId: string): Promise<PublishedWork & { videoId: string }> {
  const source = await rowOf(sourceId);
  const taskId = await product.seed.task(client.userId, {
    ...{ status: "SUCCESS", progress: 100, finishedAt: new Date() },
    ...{ remixOf: source.id as string, promptTaskIds: [source.task_id as string] },
  });
  const videoId = await publishableVideo(product, client, { taskId });
  return { ...(await publish(product, client, { videoId })), videoId };
}

const tip = (client: Client, workId: string, credits = 10) =>
  client.request(TipWorkDocument, { input: { workId, credits } });
const creditsOf = async (client: Client) => (await client.request(WalletDocument)).wallet.credits;
const statusIn = async (id: string) => (await rowOf(id)).status;

describe("works remove --refund", () => {
  test("reverses frozen tips and unlocks, and leaves what was released", async () => {
    const work = await publish(product, ana, { promptPriceCredits: 5 });
    const before = await creditsOf(bo);
    await tip(bo, work.id, 100);
    await product.app.db.execute(sql`update incomes set release_at = now() - interval '1 second'`);
    await product.app.modules.wallet.incomes.releaseDue();
    await tip(bo, work.id, 20);
    await bo.request(UnlockPromptDocument, { input: { workId: work.id } });
    expect(
      await skyriff("works", "remove", "--work", work.id, "--reason", "stolen", "--refund"),
    ).toMatchObject({
      code: 0,
      stdout:
        `Removed. ${work.id} was PUBLISHED. Its links stop working.\n` +
        `Reversed. Payments for ${work.id}: 2; returned to payers: 25 credits.\n`,
    });
    expect(await creditsOf(bo)).toBe(before - 100);
    const { unlockedPrompts } = await bo.request(UnlockedPromptsDocument, {});
    expect(unlockedPrompts.nodes).toEqual([]);
    const again = await skyriff("works", "remove", "--work", work.id, "--reason", "again", "--refund");
    expect(again.stdout).toContain(`Payments for ${work.id}: 0; returned to payers: 0 credits.`);
    expect(await creditsOf(bo)).toBe(before - 100);
  });

  test("completes the refund of a work that is removed already, or gone with its video", async () => {
    const videoId = await publishableVideo(product, ana);
    const [removed, deleted] = [await publish(product, ana), await publish(product, ana, { videoId })];
    const before = await creditsOf(bo);
    for (const { id } of [removed, deleted]) await tip(bo, id);
    await removals.remove(removed.id, "stolen");
    await ana.request(DeleteVideoDocument, { input: { videoId } });
    const options = { reason: "stolen", refund: true, withRemixes: false };
    for (const { id } of [removed, deleted])
      expect((await collect(takedowns.takeDown(id, options)))[0]?.refunds).toEqual({
        ...{ payments: 1, credits: 10, failures: [] },
      });
    expect(await creditsOf(bo)).toBe(before);
  });

  test("leaves an income that is released while it waits for it, and the platform loses nothing", async () => {
    const work = await publish(product, ana);
    await tip(bo, work.id);
    const before = await creditsOf(bo);
    await product.app.db.execute(sql`update incomes set release_at = now() - interval '1 second'`);
    const { takingDown } = await product.testDb.database.db.transaction(async (tx) => {
      await release(tx, { after: null, limit: 1000 });
      const options = { reason: "stolen", refund: true, withRemixes: false };
      const takingDown = collect(takedowns.takeDown(work.id, options));
      await until("the reversal to wait for the income", async () => {
        const [row] = await product.app.db.execute<{ waiting: number }>(sql`
          select count(*)::int as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`);
        return row?.waiting === 1;
      });
      return { takingDown };
    });
    expect((await takingDown)[0]?.refunds).toEqual({ payments: 0, credits: 0, failures: [] });
    expect(await creditsOf(bo)).toBe(before);
  });
});

describe("works remove --with-remixes", () => {
  /** Five works: a source, two remixes of it, and a remix of each. The author of the second has deleted its video. */
  async function family() {
    const source = await publish(product, ana);
    const [left, right] = [await publishRemix(bo, source.id), await publishRemix(bo, source.id)];
    const [belowLeft, belowRight] = [await publishRemix(ana, left.id), await publishRemix(ana, right.id)];
    await bo.request(DeleteVideoDocument, { input: { videoId: right.videoId } });
    await ana.request(UnpublishWorkDocument, { input: { workId: belowLeft.id } });
    return { source, left, right, belowLeft, belowRight };
  }

  test("takes out everything that was made from a work, also below what its author deleted", async () => {
    const { source, left, right, belowLeft, belowRight } = await family();
    const other = await publish(product, ana);
    await tip(bo, belowRight.id);
    const before = await creditsOf(bo);
    const args = ["works", "remove", "--work", source.id, "--reason", "stolen", "--with-remixes"];
    const { code, stdout } = await skyriff(...args);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n").sort()).toEqual(
      [
        ...[source, left, belowRight].map(
          ({ id }) => `Removed. ${id} was PUBLISHED. Its links stop working.`,
        ),
        `Removed. ${belowLeft.id} was UNPUBLISHED. Its links stop working.`,
        `${right.id} is gone with its video.`,
      ].sort(),
    );
    for (const url of [source, left, belowRight].flatMap(linksOf)) expect(await statusOf(url)).toBe(404);
    expect(await seenBy(bo, other.id)).not.toBeNull();
    expect(await creditsOf(bo)).toBe(before);
    const again = await skyriff(...args, "--refund");
    expect(again.stdout.match(/ is removed already, since \S+Z: stolen$/gm)).toHaveLength(4);
    expect(again.stdout).toContain(`Payments for ${belowRight.id}: 1; returned to payers: 10 credits.`);
    expect(await creditsOf(bo)).toBe(before + 10);
  });

  test("goes on after a payer whose wallet is full, names them and exits with 1", async () => {
    const source = await publish(product, ana);
    const below = await publishRemix(bo, source.id);
    const rich = await product.user();
    for (const client of [rich, bo]) await tip(client, source.id);
    const before = await creditsOf(bo);
    const userId = uuidFromPublicId("user", rich.userId) as string;
    const fill = {
      credits: creditsMax - (await creditsOf(rich)),
      reason: "a test",
      key: `grant:${newUuid()}`,
    };
    await product.app.modules.wallet.service.grant({ userId, ...fill });
    const options = ["--reason", "stolen", "--refund", "--with-remixes"];
    const { code, stdout, stderr } = await skyriff("works", "remove", "--work", source.id, ...options);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Not reversed. A payment of ${rich.userId} for ${source.id}: ` +
        "The payer's wallet is full: the credits do not fit. Nothing was reversed.\n",
    );
    expect(stdout).toContain(`Payments for ${source.id}: 1; returned to payers: 10 credits.`);
    expect(await creditsOf(bo)).toBe(before + 10);
    expect(await statusIn(below.id)).toBe("REMOVED");
  });

  test("is completed by running it again after an interruption at any work", async () => {
    const options = { reason: "stolen", refund: true, withRemixes: true };
    const { source, left, belowLeft, belowRight } = await family();
    await tip(bo, belowRight.id);
    const before = await creditsOf(bo);
    for (let steps = 1; steps <= 3; steps++) {
      let done = 0;
      for await (const _ of takedowns.takeDown(source.id, options)) if (++done === steps) break;
    }
    expect(await creditsOf(bo)).toBe(before);
    await collect(takedowns.takeDown(source.id, options));
    const all = [source, left, belowLeft, belowRight];
    expect(await Promise.all(all.map(({ id }) => statusIn(id)))).toEqual(all.map(() => "REMOVED"));
    expect(await creditsOf(bo)).toBe(before + 10);
  });

  test("twice at once removes and refunds each work once", async () => {
    const { source, belowRight } = await family();
    await tip(bo, belowRight.id);
    const options = { reason: "stolen", refund: true, withRemixes: true };
    const before = await creditsOf(bo);
    const runs = await Promise.all([1, 2].map(() => collect(takedowns.takeDown(source.id, options))));
    expect(runs.flat().filter(({ removal }) => removal?.isNew)).toHaveLength(4);
    expect(await creditsOf(bo)).toBe(before + 10);
  });

  test("finds a remix that is published while the others are taken out", async () => {
    const source = await publish(product, ana);
    await publishRemix(bo, source.id);
    let late: PublishedWork | null = null;
    for await (const { workId } of takedowns.takeDown(source.id, {
      ...{ reason: "stolen", refund: false, withRemixes: true },
    }))
      if (workId !== source.id) late ??= await publishRemix(bo, source.id);
    expect(await statusIn(late?.id as string)).toBe("REMOVED");
  });
});

async function rowOf(id: string): Promise<Record<string, unknown>> {
  const rows = await product.app.db.execute<Record<string, unknown>>(sql`select * from works`);
  return rows.find((row) => publicId("work", String(row.id)) === id) ?? {};
}

test("the audit finds nothing", async () => {
  const breaches = (await audit(product)) as { invariant: string }[];
  expect(breaches.filter(({ invariant }) => /work/.test(invariant))).toEqual([]);
});
