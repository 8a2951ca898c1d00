import type { Tx } from "../../platform/db/index.js";

/**
 * Takes the work of a video out in the transaction that deletes the video. The works module implements it, because
 * videos does not import works. Call the returned function after the commit: it makes the work's links die.
 */
export interface VideoWorks {
  takeOutWithVideo(tx: Tx, videoId: string): Promise<() => Promise<void>>;
}
