import { users } from "../../../src/modules/accounts/accounts.tables.js";
import { tasks } from "../../../src/modules/tasks/tasks.tables.js";
import { insertVideo, type NewVideo } from "../../../src/modules/videos/videos.repository.js";
import { grant } from "../../../src/modules/wallet/index.js";
import { openWallet } from "../../../src/modules/wallet/ledger.js";
import type { Db } from "../../../src/platform/db/index.js";
import { newUuid } from "../../../src/platform/ids/ids.js";

let phones = 13_800_000_000;

/** Users and finished videos, written as the saga leaves them. */
export class VideoShelf {
  constructor(private readonly db: Db) {}

  async userWith(credits: number): Promise<string> {
    const id = newUuid();
    const phone = `+86${phones++}`;
    await this.db.transaction(async (tx) => {
      await tx.insert(users).values({ id, phone, nickname: "Ana", createdAt: new Date() });
      await openWallet(tx, id);
      if (credits > 0) await grant(tx, { userId: id, credits, reason: "test", key: id });
    });
    return id;
  }

  async video(userId: string, changed: Partial<NewVideo> = {}): Promise<NewVideo> {
    const id = newUuid();
    const at = changed.createdAt ?? new Date();
    const order = { prompt: "a cat", durationSec: 10, ratio: "RATIO_9_16", model: "sora2", hd: false };
    const ended = { status: "SUCCESS" as const, progress: 100, finishedAt: at };
    await this.db.insert(tasks).values({ id, userId, ...order, costCredits: 10, createdAt: at, ...ended });
    const video: NewVideo = {
      ...{ id, taskId: id, userId, projectId: null, durationSec: 10, ratio: "RATIO_9_16", createdAt: at },
      ...{ width: 720, height: 1280, byteSize: 1_234_567, sha256: "0a".repeat(32), ...changed },
    };
    await this.db.transaction((tx) => insertVideo(tx, video));
    return video;
  }
}
