import type { Logger } from "pino";
import type { Clock } from "../../../platform/base/clock.js";
import { NotFound } from "../../../platform/base/common-errors.js";
import type { Db, Tx } from "../../../platform/db/index.js";
import { claimKey, deleteKey, type KeyedCall } from "../../../platform/idempotency/idempotency.js";
import { newUuid } from "../../../platform/ids/ids.js";
import type { Storage } from "../../../platform/storage/storage.js";
import { refundSpend, spend, type WalletService } from "../../wallet/index.js";
import { getVideoFolder, originalKey } from "../files/video-keys.js";
import { crashPoint } from "../videos.crash-points.js";
import {
  DownloadRefunded,
  OriginalFileMissing,
  OriginalFileUnreachable,
  TermsNotAccepted,
} from "../videos.errors.js";
import { type DownloadNoWatermarkPayload, Video } from "../videos.graphql.js";
import { videoPrefix } from "../videos.ids.js";
import { findOwnVideos, type VideoRow } from "../videos.repository.js";
import type { DownloadTermsText } from "./download-terms.js";
import { recordDownload, revertDownload } from "./downloads.repository.js";

/** Credits for each download without watermark. */
export const downloadPriceCredits = 6;
const linkTtlSec = 60 * 60;

interface DownloadDependencies {
  db: Db;
  storage: Storage;
  wallets: WalletService;
  clock: Clock;
  logger: Logger;
  /** Users must accept them before each download. Null: there are none. */
  terms: DownloadTermsText | null;
}

interface DownloadInput {
  videoId: string;
  /** The version of the terms that the user accepts. */
  acceptTerms: string | null;
  idempotencyKey: string | null;
}

/** The person who asks, and the network address they ask from. */
interface Buyer {
  userId: string;
  address: string;
}

/** Stored with the idempotency key: shows that the call was paid, and names the spend to refund. */
type Charge = { spendKey: string };

/** Sells downloads of the original, unwatermarked file. */
export class DownloadService {
  constructor(private readonly deps: DownloadDependencies) {}

  /**
   * Checks that the file exists, charges, and creates the link. If the process dies between charge and link, a retry
   * with the same key finds the charge and only creates the link.
   */
  async download({ userId, address }: Buyer, input: DownloadInput): Promise<DownloadNoWatermarkPayload> {
    const { db, wallets, terms } = this.deps;
    const video = await this.findDownloadable(userId, input.videoId);
    const call = {
      userId,
      mutation: "downloadNoWatermark",
      key: input.idempotencyKey,
      // Without acceptTerms: a repeated call returns its link, even if the terms have changed since.
      input: { videoId: video.id },
    };
    const sale = { video, address, terms, acceptTerms: input.acceptTerms };
    const { charge, paidVideo } = await db.transaction((tx) => chargeOnce(tx, call, sale));
    crashPoint("download.charged");
    wallets.announce(userId);
    const link = await this.createLink(video).catch(async (error: unknown) => {
      this.deps.logger.error(
        { err: error, videoId: video.id },
        "could not create a download link; a new charge is refunded",
      );
      // A retry is not refunded, because the first call may have delivered its link.
      if (!paidVideo) throw error;
      await this.refund(call, video, charge);
      throw new DownloadRefunded();
    });
    // A concurrent call with the same key may have counted the download since the video was read.
    const counted = paidVideo ?? (await findOwnVideos(db, userId, [video.id]))[0] ?? video;
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
      await refundSpend(tx, charge.spendKey);
      await revertDownload(tx, { videoId: video.id, spendKey: charge.spendKey });
      await deleteKey(tx, call);
    });
    crashPoint("download.given-back");
    this.deps.wallets.announce(video.userId);
  }
}

interface Sale {
  video: VideoRow;
  address: string;
  terms: DownloadTermsText | null;
  acceptTerms: string | null;
}

/** `paidVideo` is the video with this download counted, or null if an earlier call with the same key paid for it. */
async function chargeOnce(
  tx: Tx,
  call: KeyedCall,
  { video, address, terms, acceptTerms }: Sale,
): Promise<{ charge: Charge; paidVideo: VideoRow | null }> {
  const charge: Charge = { spendKey: `download:${newUuid()}` };
  const earlier = await claimKey(tx, call, charge);
  if (earlier) return { charge: earlier, paidVideo: null };
  if (terms && acceptTerms !== terms.version) throw new TermsNotAccepted(terms.version);
  const { transferId } = await spend(tx, {
    userId: video.userId,
    credits: downloadPriceCredits,
    type: "DOWNLOAD_SPEND",
    subject: { type: "video", id: video.id },
    key: charge.spendKey,
  });
  const paidVideo = await recordDownload(tx, {
    spendId: transferId,
    userId: video.userId,
    videoId: video.id,
    termsVersion: terms?.version ?? null,
    address,
  });
  // The video was deleted since it was read. The rollback also undoes the charge.
  if (!paidVideo) throw new NotFound("videoId");
  return { charge, paidVideo };
}
