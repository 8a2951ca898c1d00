import type { Logger } from "pino";
import type { Clock } from "../../platform/base/clock.js";
import { NotFound } from "../../platform/base/common-errors.js";
import type { Db, Tx } from "../../platform/db/index.js";
import { claimKey, deleteKey, type KeyedCall } from "../../platform/idempotency/idempotency.js";
import { newUuid } from "../../platform/ids/ids.js";
import type { Storage } from "../../platform/storage/storage.js";
import { reverse, spend, type WalletService } from "../wallet/index.js";
import { getVideoFolder, originalKey } from "./files/video-keys.js";
import { crashPoint } from "./videos.crash-points.js";
import { DownloadRefunded, OriginalFileMissing, OriginalFileUnreachable } from "./videos.errors.js";
import { type DownloadNoWatermarkPayload, Video } from "./videos.graphql.js";
import { videoPrefix } from "./videos.ids.js";
import { countDownload, findOwnVideos, uncountDownload, type VideoRow } from "./videos.repository.js";

/** Credits for each download without watermark. */
export const downloadPriceCredits = 6;
const linkTtlSec = 60 * 60;

interface DownloadDependencies {
  db: Db;
  storage: Storage;
  wallets: WalletService;
  clock: Clock;
  logger: Logger;
}

/** Stored with the idempotency key. Enough to create the link again or to refund the credits. */
type Charge = { spendKey: string };

/** Sells downloads of the original, unwatermarked file. */
export class DownloadService {
  constructor(private readonly deps: DownloadDependencies) {}

  /**
   * Checks that the file exists, charges, and creates the link. If the process dies between charge and link, a retry
   * with the same key finds the charge and only creates the link.
   */
  async download(
    userId: string,
    input: { videoId: string; idempotencyKey: string | null },
  ): Promise<DownloadNoWatermarkPayload> {
    const { db, wallets } = this.deps;
    const video = await this.findDownloadable(userId, input.videoId);
    const call = {
      userId,
      mutation: "downloadNoWatermark",
      key: input.idempotencyKey,
      input: { videoId: video.id },
    };
    const { charge, charged } = await db.transaction((tx) => chargeOnce(tx, call, video));
    crashPoint("download.charged");
    wallets.announce(userId);
    const link = await this.createLink(video).catch(async (error: unknown) => {
      this.deps.logger.error(
        { err: error, videoId: video.id },
        "could not create a download link; a new charge is refunded",
      );
      // A retry is not refunded, because the first call may have delivered its link.
      if (!charged) throw error;
      await this.refund(call, video, charge);
      throw new DownloadRefunded();
    });
    // A concurrent call with the same key may have counted the download since the video was read.
    const counted = charged ?? (await findOwnVideos(db, userId, [video.id]))[0] ?? video;
    return {
      ...link,
      costCredits: downloadPriceCredits,
      video: Video.of(counted),
      wallet: await wallets.walletOf(userId),
    };
  }

  private async findDownloadable(userId: string, id: string): Promise<VideoRow> {
    const uuid = videoPrefix.toUuid(id);
    const [video] = uuid ? await findOwnVideos(this.deps.db, userId, [uuid]) : [];
    if (!video) throw new NotFound("videoId");
    const file = await this.deps.storage.stat(originalKey(getVideoFolder(video))).catch((err: unknown) => {
      this.deps.logger.error(
        { err, videoId: video.id },
        "download failed before charging: the storage did not respond for the original file",
      );
      throw new OriginalFileUnreachable();
    });
    if (file) return video;
    this.deps.logger.error(
      { videoId: video.id },
      "download failed before charging: the original file is missing from the storage",
    );
    throw new OriginalFileMissing();
  }

  private async createLink(video: VideoRow): Promise<{ downloadUrl: string; expiresAt: Date }> {
    const nowSec = Math.floor(this.deps.clock.now().getTime() / 1000);
    const expiresAt = new Date((nowSec + linkTtlSec) * 1000);
    const downloadAs = `skyriff-${videoPrefix.toPublicId(video.id)}.mp4`;
    const downloadUrl = await this.deps.storage.linkTo(originalKey(getVideoFolder(video)), {
      expiresAt,
      downloadAs,
    });
    return { downloadUrl, expiresAt };
  }

  /** Deletes the idempotency key together with the charge, so that the client can retry with the same key. */
  private async refund(call: KeyedCall, video: VideoRow, charge: Charge): Promise<void> {
    await this.deps.db.transaction(async (tx) => {
      await reverse(tx, charge.spendKey);
      await uncountDownload(tx, video.id);
      await deleteKey(tx, call);
    });
    crashPoint("download.given-back");
    this.deps.wallets.announce(video.userId);
  }
}

/** `charged` is the video with this download counted, or null if an earlier call with the same key paid for it. */
async function chargeOnce(
  tx: Tx,
  call: KeyedCall,
  video: VideoRow,
): Promise<{ charge: Charge; charged: VideoRow | null }> {
  const charge: Charge = { spendKey: `download:${newUuid()}` };
  const earlier = await claimKey(tx, call, charge);
  if (earlier) return { charge: earlier, charged: null };
  await spend(tx, {
    userId: video.userId,
    credits: downloadPriceCredits,
    type: "DOWNLOAD_SPEND",
    subject: { type: "video", id: video.id },
    key: charge.spendKey,
  });
  const charged = await countDownload(tx, video.userId, video.id);
  // The video was deleted since it was read. The rollback also undoes the charge.
  if (!charged) throw new NotFound("videoId");
  return { charge, charged };
}
