import { users } from "../../src/modules/accounts/accounts.tables.js";
import { tasks } from "../../src/modules/tasks/tasks.tables.js";
import { insertVideo, type NewVideo } from "../../src/modules/videos/videos.repository.js";
import { grant } from "../../src/modules/wallet/index.js";
import { openWallet } from "../../src/modules/wallet/ledger/index.js";
import type { Db } from "../../src/platform/db/index.js";
import { newUuid, publicId, uuidFromPublicId } from "../../src/platform/ids/ids.js";

type NewTask = typeof tasks.$inferInsert;

const order = { prompt: "a cat", durationSec: 10, ratio: "RATIO_9_16", model: "sora2", hd: false };
const ended = { status: "SUCCESS" as const, progress: 100 };
const file = { width: 720, height: 1280, byteSize: 1_234_567, sha256: "0a".repeat(32) };

let phones = 0;

/** A phone number that no other test uses. */
export function newPhone(): string {
  return `+86139${10_000_000 + phones++}`;
}

/** A video's row, and the ids that clients know it and its task by. */
export interface SeededVideo extends NewVideo {
  publicId: string;
  publicTaskId: string;
}

export interface SeededUser {
  /** The bare UUID. */
  id: string;
  publicId: string;
  phone: string;
  videos: SeededVideo[];
}

/** Writes users, tasks and videos as rows, as the product leaves them. Owners and projects are named by UUID or public id. */
export class Seed {
  constructor(private readonly db: Db) {}

  /** A user with an empty wallet: `await seed.user().withCredits(100).withVideos(3)`. */
  user(): UserSeed {
    return new UserSeed(this.db, this);
  }

  /** A task that waits for a vendor. No credits are held for it. Returns its UUID. */
  async task(owner: string, values: Partial<NewTask> = {}): Promise<string> {
    const id = newUuid();
    const userId = toUuid("user", owner);
    await this.db.insert(tasks).values({ id, userId, ...order, costCredits: 10, ...values });
    return id;
  }

  /** A video without files, and the task that ended with it. No credits were paid for it. */
  async video(owner: string, values: Partial<NewVideo> = {}): Promise<SeededVideo> {
    const { createdAt = new Date(), projectId = null, ...others } = values;
    const common = {
      userId: toUuid("user", owner),
      projectId: projectId && toUuid("project", projectId),
      createdAt,
    };
    const taskId = values.taskId ?? (await this.task(owner, { ...common, ...ended, finishedAt: createdAt }));
    const { durationSec, ratio } = order;
    const aiLabel = { producer: "SkyRiff", contentId: publicId("video", taskId), signed: false };
    const video = { id: taskId, taskId, durationSec, ratio, aiLabel, ...file, ...others, ...common };
    await this.db.transaction((tx) => insertVideo(tx, video));
    return { ...video, publicId: publicId("video", video.id), publicTaskId: publicId("task", taskId) };
  }
}

/** Nothing is written before it is awaited. */
class UserSeed implements PromiseLike<SeededUser> {
  private credits = 0;
  private videos: Partial<NewVideo>[] = [];

  constructor(
    private readonly db: Db,
    private readonly seed: Seed,
  ) {}

  withCredits(credits: number): this {
    this.credits = credits;
    return this;
  }

  withVideos(count: number, values: Partial<NewVideo> = {}): this {
    this.videos.push(...Array.from({ length: count }, () => values));
    return this;
  }

  // biome-ignore lint/suspicious/noThenProperty: awaited like drizzle's queries.
  then<A = SeededUser, B = never>(
    onCreated?: ((user: SeededUser) => A | PromiseLike<A>) | null,
    onFailed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.create().then(onCreated, onFailed);
  }

  private async create(): Promise<SeededUser> {
    const [id, phone, credits] = [newUuid(), newPhone(), this.credits];
    await this.db.transaction(async (tx) => {
      await tx.insert(users).values({ id, phone, nickname: "Ana", createdAt: new Date() });
      await openWallet(tx, id);
      if (credits > 0) await grant(tx, { userId: id, credits, reason: "test", key: id });
    });
    const videos: SeededVideo[] = [];
    for (const values of this.videos) videos.push(await this.seed.video(id, values));
    return { id, publicId: publicId("user", id), phone, videos };
  }
}

function toUuid(prefix: Parameters<typeof uuidFromPublicId>[0], id: string): string {
  return uuidFromPublicId(prefix, id) ?? id;
}
