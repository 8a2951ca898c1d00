import { eq, sql } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { DownloadTermsText } from "../../../src/modules/videos/downloads/download-terms.js";
import { downloadsJobs } from "../../../src/modules/videos/downloads/downloads.jobs.js";
import {
  downloadRecords,
  downloadRetention,
} from "../../../src/modules/videos/downloads/downloads.tables.js";
import { originalKey } from "../../../src/modules/videos/files/video-keys.js";
import { DownloadService, listDownloads } from "../../../src/modules/videos/index.js";
import type { NewVideo } from "../../../src/modules/videos/videos.repository.js";
import { videos } from "../../../src/modules/videos/videos.tables.js";
import { WalletService } from "../../../src/modules/wallet/index.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import type { Db } from "../../../src/platform/db/index.js";
import { migrateDatabase } from "../../../src/platform/db/migrations.js";
import type { EventBus } from "../../../src/platform/events/event-bus.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { MediaLinks } from "../../../src/platform/storage/media-links.js";
import { downloadBreachesOf } from "../../support/audit.js";
import { collect } from "../../support/collect.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { longHistory } from "../../support/long-history.js";
import { databaseBefore } from "../../support/old-database.js";
import type { Seed } from "../../support/seed.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

const terms: DownloadTermsText = { version: "2026-11", text: { en: "Label it.", zh: "请标识。" }, url: null };
const clock = { now: () => new Date() };
const dayMs = 24 * 60 * 60 * 1000;

let testDb: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let db: Db;
let seed: Seed;
let storage: DiskStorage;
/** A test clears it to make every link fail. */
let secrets = ["a secret of at least thirty-two bytes"];

beforeAll(async () => {
  testDb = await freshDatabase();
  folder = await temporaryFolder();
  ({ seed } = testDb);
  db = testDb.database.db;
  const linksNow = () => new MediaLinks(new Keyring(secrets), () => "https://a.test");
  const links = { sign: (...args: Parameters<MediaLinks["sign"]>) => linksNow().sign(...args) };
  storage = await DiskStorage.open(folder.path, links as MediaLinks);
});
afterAll(async () => {
  expect(await downloadBreachesOf(db)).toEqual([]);
  await testDb.drop();
  await folder.remove();
});

function selling(current: DownloadTermsText | null): DownloadService {
  const bus = { publish: () => undefined } as unknown as EventBus;
  const wallets = new WalletService(db, bus, 0);
  return new DownloadService({
    ...{ db, storage, wallets, clock, logger: pino({ level: "silent" }) },
    terms: current,
  });
}

async function userWithVideo(): Promise<{ userId: string; video: NewVideo }> {
  const { id: userId } = await seed.user().withCredits(100);
  const video = await seed.video(userId);
  await storage.put(originalKey(video.id), Buffer.from("clean"));
  return { userId, video };
}

const order = (video: NewVideo, acceptTerms: string | null = null, idempotencyKey: string | null = null) => ({
  videoId: publicId("video", video.id),
  acceptTerms,
  idempotencyKey,
});

const recordsOf = (video: NewVideo) => collect(listDownloads(db, { videoId: video.id }));

async function spendsOf(userId: string) {
  return db.execute<{ id: string; created_at: Date }>(
    sql`select id, created_at from ledger_transfers where debit_user_id = ${userId} and type = 'DOWNLOAD_SPEND'`,
  );
}

describe("terms", () => {
  test("that are not accepted, or in another version, refuse the download and charge nothing", async () => {
    const { userId, video } = await userWithVideo();
    const buyer = { userId, address: "203.0.113.7" };
    for (const version of [null, "", "2026-10"]) {
      await expect(selling(terms).download(buyer, order(video, version, "key"))).rejects.toMatchObject({
        code: "TERMS_NOT_ACCEPTED",
        facts: { version: "2026-11", field: "acceptTerms" },
      });
    }
    expect(await spendsOf(userId)).toEqual([]);
    expect(await recordsOf(video)).toEqual([]);
    const bought = await selling(terms).download(buyer, order(video, "2026-11", "key"));
    expect(bought.wallet.credits).toBe(94);
  });

  test("are not asked for again when a call is repeated with its key, even if they have changed", async () => {
    const { userId, video } = await userWithVideo();
    const buyer = { userId, address: "203.0.113.7" };
    const first = await selling(terms).download(buyer, order(video, "2026-11", "key"));
    const newer = selling({ ...terms, version: "2027-01" });
    for (const version of [null, "2026-11", "2027-01"]) {
      const again = await newer.download({ userId, address: "::1" }, order(video, version, "key"));
      expect(again).toMatchObject({ video: { downloadCount: 1 }, wallet: { credits: 94 } });
      expect(new URL(again.downloadUrl).pathname).toBe(new URL(first.downloadUrl).pathname);
    }
    expect(await recordsOf(video)).toMatchObject([{ termsVersion: "2026-11", address: "203.0.113.7" }]);
  });

  test("that do not exist need no acceptance", async () => {
    const { userId, video } = await userWithVideo();
    await selling(null).download({ userId, address: "::1" }, order(video, "2020-01"));
    expect(await recordsOf(video)).toMatchObject([{ termsVersion: null }]);
  });
});

describe("the record of a download", () => {
  test("says who received which file, from where, and which entry of the statement paid for it", async () => {
    const { userId, video } = await userWithVideo();
    await selling(terms).download({ userId, address: "2001:db8::7" }, order(video, "2026-11"));
    const [spend] = await spendsOf(userId);
    expect(await recordsOf(video)).toEqual([
      {
        ...{ userId, videoId: video.id, sha256: video.sha256, spendId: spend?.id },
        ...{ termsVersion: "2026-11", address: "2001:db8::7", createdAt: new Date(spend?.created_at ?? 0) },
      },
    ]);
  });

  test("exists once for each charge, however many calls with one key race", async () => {
    const { userId, video } = await userWithVideo();
    const call = () => selling(terms).download({ userId, address: "::1" }, order(video, "2026-11", "key"));
    await Promise.all(Array.from({ length: 8 }, call));
    expect(await recordsOf(video)).toHaveLength(1);
    await selling(terms).download({ userId, address: "::1" }, order(video, "2026-11"));
    expect(await recordsOf(video)).toHaveLength(2);
  });

  test("goes with a refund: no link was given, and a repeated call has its own record", async () => {
    const { userId, video } = await userWithVideo();
    const call = () => selling(terms).download({ userId, address: "::1" }, order(video, "2026-11", "key"));
    const working = secrets;
    secrets = [];
    await expect(call()).rejects.toMatchObject({ code: "INTERNAL_SERVER_ERROR" });
    secrets = working;
    expect(await spendsOf(userId)).toHaveLength(1);
    expect(await recordsOf(video)).toEqual([]);
    await call();
    expect(await recordsOf(video)).toHaveLength(1);
  });

  test("is not written for a user with too few credits", async () => {
    const { id: userId } = await seed.user().withCredits(5);
    const video = await seed.video(userId);
    await storage.put(originalKey(video.id), Buffer.from("clean"));
    await expect(selling(null).download({ userId, address: "::1" }, order(video))).rejects.toMatchObject({
      code: "INSUFFICIENT_CREDITS",
    });
    expect(await recordsOf(video)).toEqual([]);
  });

  test("outlives the video", async () => {
    const { userId, video } = await userWithVideo();
    await selling(null).download({ userId, address: "::1" }, order(video));
    await db.update(videos).set({ deletedAt: new Date() }).where(eq(videos.id, video.id));
    expect(await collect(listDownloads(db, { sha256: video.sha256, userId }))).toHaveLength(1);
  });

  test("is listed newest first, over pages", async () => {
    const video = { id: newUuid() } as NewVideo;
    const other = await freshDatabase();
    await other.database.db.execute(sql`
      insert into download_records (spend_id, user_id, video_id, sha256, created_at)
      select gen_random_uuid(), gen_random_uuid(), ${video.id}::uuid, repeat('0', 64),
        now() - (n / 3) * interval '1 hour' from generate_series(1, 2500) n`);
    const listed = await collect(listDownloads(other.database.db, { videoId: video.id }));
    await other.drop();
    expect(new Set(listed.map(({ spendId }) => spendId)).size).toBe(2500);
    expect(listed.map(({ createdAt }) => createdAt)).toEqual(
      listed.map(({ createdAt }) => createdAt).toSorted((a, b) => b.getTime() - a.getTime()),
    );
  });
});

test("the purge deletes records that are older than the days to keep, and the audit expects no more of them", async () => {
  const { userId, video } = await userWithVideo();
  for (let n = 0; n < 3; n++) await selling(null).download({ userId, address: "::1" }, order(video));
  const [old, boundary] = await recordsOf(video);
  const age = (spendId: string | undefined, days: number) =>
    db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`);
      const time = new Date(Date.now() - days * dayMs).toISOString();
      await tx.execute(sql`update ledger_transfers set created_at = ${time} where id = ${spendId}`);
      await tx.execute(sql`update download_records set created_at = ${time} where spend_id = ${spendId}`);
    });
  await age(old?.spendId, 401);
  await age(boundary?.spendId, 399);
  const [job] = downloadsJobs({ db, clock }, 400);
  await job?.run({});
  expect((await recordsOf(video)).map(({ spendId }) => spendId)).not.toContain(old?.spendId);
  expect(await recordsOf(video)).toHaveLength(2);
  expect(await downloadBreachesOf(db)).toEqual([]);

  // A longer time to keep does not make the audit miss what was purged.
  const [boundaryBefore] = await db.select().from(downloadRetention);
  await downloadsJobs({ db, clock }, 800)[0]?.run({});
  expect(await db.select().from(downloadRetention)).toEqual([boundaryBefore]);

  await db.delete(downloadRecords).where(eq(downloadRecords.spendId, boundary?.spendId as string));
  expect(await downloadBreachesOf(db)).toMatchObject([
    { invariant: "every paid download is on record", detail: expect.stringContaining(userId) },
  ]);
  await age(boundary?.spendId, 401);
});

test("downloads from before there was a record are on record after the migration", async () => {
  const old = await databaseBefore("download_records");
  try {
    const oldDb = old.database.db;
    await longHistory(oldDb, { users: 3, tasksOfEach: 3 });
    await oldDb.execute(sql`
      insert into ledger_transfers (id, key, type, asset, amount, debit_account, debit_user_id, debit_balance_after,
        debit_sequence, credit_account, subject_type, subject_id)
      select gen_random_uuid(), 'download:' || id, 'DOWNLOAD_SPEND', 'CREDIT', 6, 'FREE', user_id, 900,
        100 + row_number() over (), 'REVENUE', 'video', id from videos`);
    await migrateDatabase(old.url);
    expect(await downloadBreachesOf(oldDb)).toEqual([]);
    const records = await oldDb.select().from(downloadRecords);
    expect(records).toHaveLength(6);
    expect(records[0]).toMatchObject({ termsVersion: null, address: null, sha256: "0".repeat(64) });
  } finally {
    await old.drop();
  }
});
