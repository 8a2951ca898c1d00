import type { Keyring } from "../../platform/crypto/keyring.js";
import { badCursor } from "../../platform/graphql/connection.js";
import type { FeedKind } from "./feed.graphql.js";

const purpose = "feed-cursor";
const signatureLength = 11;

/** Cursors of feeds: a place that is signed, so that a changed cursor, or one of another feed, is refused. */
export class FeedCursors {
  constructor(private readonly keyring: Keyring) {}

  toCursor(feed: FeedKind, place: string): string {
    return `${Buffer.from(place, "latin1").toString("base64url")}${this.signatureOf(feed, place)}`;
  }

  /** Throws BadUserInput. */
  toPlace(feed: FeedKind, cursor: string): string {
    const place = Buffer.from(cursor.slice(0, -signatureLength), "base64url").toString("latin1");
    if (this.toCursor(feed, place) !== cursor) throw badCursor();
    return place;
  }

  private signatureOf(feed: FeedKind, place: string): string {
    return this.keyring.sign(purpose, `${feed}:${place}`).slice(0, signatureLength);
  }
}
