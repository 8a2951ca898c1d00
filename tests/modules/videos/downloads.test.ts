import { and, desc, eq } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { originalKey } from "../../../src/modules/videos/files/video-keys.js";
import { DownloadService } from "../../../src/modules/videos/index.js";
import type { NewVideo } from "../../../src/modules/videos/videos.repository.js";
import { videos } from "../../../src/modules/videos/videos.tables.js";
import { WalletService } from "../../../src/modules/wallet/index.js";
import { ledgerSides } from "../../../src/modules/wallet/wallet.tables.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import type { Db } from "../../../src/platform/db/index.js";
import type { EventBus } from "../../../src/platform/events/event-bus.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import { DiskStorage } from "../../../src/platform/storage/disk.storage.js";
import { MediaLinks } from "../../../src/platform/storage/media-links.js";
import { ledgerBreachesOf } from "../../support/audit.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import type { Seed } from "../../support/seed.js";
import { statementsDuring } from "../../support/statements.js";
import { temporaryFolder } from "../../support/temporary-folder.js";

let testDb: TestDatabase;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let db: Db;
let seed: Seed;
let storage: DiskStorage;
let downloads: DownloadService;
/** A test clears it to make every link fail, as a missing setting would. */
let secrets = ["a secret of at least thirty-two bytes"];
const now = new Date("2026-03-04T05:06:07.890Z");
const announced: string[] = [];
const bus = {
  publish: (_: string, ...events: { userId: string }[]) => announced.push(...events.map((e) => e.userId)),
} as unknown as EventBus;

const linksNow = () => new MediaLinks(new Keyring(secrets), () => "https://a.test");
beforeAll(async () => {
  testDb = await freshDatabase();
  folder = await temporaryFolder();
  db = testDb.database.db;
  seed = testDb.seed;
  const links = { sign: (...args: Parameters<MediaLinks["sign"]>) => linksNow().sign(...args) };
  storage = await DiskStorage.open(folder.path, links as MediaLinks);
  const wallets = new WalletService(db, bus, 0);
  const logger = pino({ level: "silent" });
  downloads = new DownloadService({ db, storage, wallets, clock: { now: () => now }, logger, terms: null });
});
afterAll(async () => {
  await testDb.drop();
  await folder.remove();
});

async function videoOf(userId: string): Promise<NewVideo> {
  const video = await seed.video(userId);
  await storage.put(originalKey(video.id), Buffer.from("clean"));
  return video;
}
const order = (video: { id: string }, idempotencyKey: string | null = null) => ({
  videoId: publicId("video", video.id),
  acceptTerms: null as string | null,
  idempotencyKey,
});
const buyer = (userId: string) => ({ userId, address: "203.0.113.7" });
const buy = (userId: string, input: ReturnType<typeof order>) => downloads.download(buyer(userId), input);
async function entries(userId: string) {
  const all = await db
    .select()
    .from(ledgerSides)
    .where(and(eq(ledgerSides.userId, userId), eq(ledgerSides.account, "FREE")))
    .orderBy(desc(ledgerSides.sequence));
  return all.filter(({ type }) => type !== "GRANT").map(({ type, amount }) => `${type} ${amount}`);
}
test("a purchase takes seven round trips to the database", async () => {
  const { id: ana } = await seed.user().withCredits(100);
  const video = await videoOf(ana);
  const sent = await statementsDuring(() => buy(ana, order(video, "seven")));
  expect(sent).toHaveLength(7);
});

async function downloadCount(video: { id: string }) {
  const [row] = await db.select().from(videos).where(eq(videos.id, video.id));
  return row?.downloadCount;
}
/** While it runs, creating links fails. */
async function withoutLinks<T>(run: () => Promise<T>): Promise<T> {
  const kept = secrets;
  secrets = [];
  try {
    return await run();
  } finally {
    secrets = kept;
  }
}

describe("a download without watermark", () => {
  test("costs 6 credits each time and returns a link that is valid for exactly one hour", async () => {
    const { id: ana } = await seed.user().withCredits(20);
    const video = await videoOf(ana);
    const first = await buy(ana, order(video));
    expect(first).toMatchObject({ costCredits: 6, video: { downloadCount: 1 }, wallet: { credits: 14 } });
    expect(first.expiresAt).toEqual(new Date("2026-03-04T06:06:07.000Z"));
    const { pathname, search, searchParams } = new URL(first.downloadUrl);
    const grant = linksNow().verify(pathname.slice("/media/".length), search.slice(1), now);
    expect(grant).toEqual({
      key: originalKey(video.id),
      expiresAt: first.expiresAt,
      downloadAs: expect.any(String),
    });
    expect(searchParams.get("as")).toBe(`skyriff-${publicId("video", video.id)}.mp4`);
    const second = await buy(ana, order(video));
    expect(second).toMatchObject({ video: { downloadCount: 2 }, wallet: { credits: 8 } });
    expect(await entries(ana)).toEqual(["DOWNLOAD_SPEND -6", "DOWNLOAD_SPEND -6"]);
    expect(announced.filter((userId) => userId === ana)).toHaveLength(2);
  });

  test("fails with too few credits and changes nothing", async () => {
    const { id: ana } = await seed.user().withCredits(5);
    const video = await videoOf(ana);
    await expect(buy(ana, order(video))).rejects.toMatchObject({
      code: "INSUFFICIENT_CREDITS",
      facts: { required: 6, available: 5 },
    });
    expect(await downloadCount(video)).toBe(0);
    expect(await entries(ana)).toEqual([]);
  });

  test("of another user's, a deleted or an unknown video is the same NOT_FOUND and costs nothing", async () => {
    const [{ id: ana }, { id: bo }] = [await seed.user().withCredits(20), await seed.user().withCredits(20)];
    const [hers, deleted] = [await videoOf(ana), await videoOf(bo)];
    await db.update(videos).set({ deletedAt: new Date() }).where(eq(videos.id, deleted.id));
    const told = await Promise.all(
      [hers, deleted, { id: newUuid() }].map((v) => buy(bo, order(v)).catch((e) => `${e.code} ${e.message}`)),
    );
    expect(new Set(told).size).toBe(1);
    expect(told[0]).toMatch(/^NOT_FOUND /);
    expect(await entries(bo)).toEqual([]);
  });

  test("of a missing file fails before charging", async () => {
    const { id: ana } = await seed.user().withCredits(20);
    const video = await videoOf(ana);
    await storage.delete(originalKey(video.id));
    await expect(buy(ana, order(video))).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await entries(ana)).toEqual([]);
  });

  test("called ten times concurrently never overspends", async () => {
    const { id: ana } = await seed.user().withCredits(20);
    const video = await videoOf(ana);
    const ends = await Promise.allSettled(Array.from({ length: 10 }, () => buy(ana, order(video))));
    expect(ends.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    expect(await downloadCount(video)).toBe(3);
    expect(await entries(ana)).toHaveLength(3);
  });
});

describe("a download with an idempotency key", () => {
  test("is charged once, however often and concurrently it is called", async () => {
    const { id: ana } = await seed.user().withCredits(20);
    const video = await videoOf(ana);
    const answers = await Promise.all(Array.from({ length: 10 }, () => buy(ana, order(video, "k"))));
    answers.push(await buy(ana, order(video, "k")));
    expect(new Set(answers.map((answer) => answer.downloadUrl)).size).toBe(1);
    expect(await entries(ana)).toEqual(["DOWNLOAD_SPEND -6"]);
    expect(await downloadCount(video)).toBe(1);
  });

  test("returns a link again on another server, from the database alone", async () => {
    const { id: ana } = await seed.user().withCredits(20);
    const video = await videoOf(ana);
    await buy(ana, order(video, "k"));
    // Another process that shares only the database.
    const restarted = new DownloadService({
      ...{ db, storage, wallets: new WalletService(db, bus, 0), clock: { now: () => now } },
      ...{ logger: pino({ level: "silent" }), terms: null },
    });
    const answer = await restarted.download(buyer(ana), order(video, "k"));
    expect(answer).toMatchObject({ costCredits: 6, wallet: { credits: 14 }, video: { downloadCount: 1 } });
    expect(answer.downloadUrl).toContain("https://a.test/media/");
  });

  test("cannot be used for another video", async () => {
    const { id: ana } = await seed.user().withCredits(20);
    const [one, other] = [await videoOf(ana), await videoOf(ana)];
    await buy(ana, order(one, "k"));
    await expect(buy(ana, order(other, "k"))).rejects.toMatchObject({
      code: "IDEMPOTENCY_KEY_REUSED",
    });
    expect(await entries(ana)).toHaveLength(1);
  });
});

describe("a download whose link cannot be created", () => {
  test("is refunded and not counted, and the error says so", async () => {
    const { id: ana } = await seed.user().withCredits(20);
    const video = await videoOf(ana);
    await expect(withoutLinks(() => buy(ana, order(video)))).rejects.toMatchObject({
      code: "INTERNAL_SERVER_ERROR",
      text: { en: expect.stringContaining("come back") },
      facts: { reason: "REFUNDED" },
    });
    expect(await entries(ana)).toEqual(["DOWNLOAD_REFUND 6", "DOWNLOAD_SPEND -6"]);
    expect(await downloadCount(video)).toBe(0);
  });

  test("can be retried with its key and is charged then", async () => {
    const { id: ana } = await seed.user().withCredits(20);
    const video = await videoOf(ana);
    await expect(withoutLinks(() => buy(ana, order(video, " k ")))).rejects.toThrow();
    const answer = await buy(ana, order(video, " k "));
    expect(answer.wallet.credits).toBe(14);
    expect(await entries(ana)).toEqual(["DOWNLOAD_SPEND -6", "DOWNLOAD_REFUND 6", "DOWNLOAD_SPEND -6"]);
  });

  test("is not refunded if it repeats a delivered one", async () => {
    const { id: ana } = await seed.user().withCredits(20);
    const video = await videoOf(ana);
    await buy(ana, order(video, "k"));
    await expect(withoutLinks(() => buy(ana, order(video, "k")))).rejects.toThrow();
    expect(await entries(ana)).toEqual(["DOWNLOAD_SPEND -6"]);
    expect((await buy(ana, order(video, "k"))).wallet.credits).toBe(14);
  });
});

test("all invariants of the ledger hold at the end", async () => {
  expect(await ledgerBreachesOf(db)).toEqual([]);
});
