import { v7 } from "uuid";
import { base32FromUuid, uuidFromBase32 } from "./base32.js";

export { validate as isUuid } from "uuid";

/**
 * The type of public ids: `user` in `user_01jdz6k7y3fk8s9w2xq4v5b6c7`. In the database an id is a bare
 * UUIDv7, and a module declares the prefixes of its own rows.
 */
export class IdPrefix {
  constructor(readonly name: string) {}

  toPublicId(uuid: string): string {
    return publicId(this.name, uuid);
  }

  /** Null if the text is no id of this type. */
  toUuid(id: string): string | null {
    return uuidFromPublicId(this.name, id);
  }
}

export function definePrefix(name: string): IdPrefix {
  return new IdPrefix(name);
}

/** For 256 ids at once: the system takes as long to give a few random bytes as to give thousands. */
const random = new Uint8Array(256 * 16);
let randomUsed = random.length;
/** Of the newest id: its milliseconds, and its place among those of the same (RFC 9562, 6.2, method 1). */
const newest = { msecs: 0, seq: 0 };

/** A new UUIDv7 in its usual text form: sortable by the time it was made, and here by the order as well. */
export function newUuid(): string {
  if (randomUsed === random.length) {
    crypto.getRandomValues(random);
    randomUsed = 0;
  }
  const own = random.subarray(randomUsed, randomUsed + 16);
  randomUsed += 16;
  const now = Date.now();
  if (now > newest.msecs) {
    newest.msecs = now;
    newest.seq = ((own[0]! & 0x7f) << 24) | (own[1]! << 16) | (own[2]! << 8) | own[3]!;
  } else {
    newest.seq += 1;
  }
  return v7({ ...newest, random: own });
}

/** The public form of an id: `user_01jdz6k7y3fk8s9w2xq4v5b6c7`. */
export function publicId(prefix: string, uuid: string): string {
  return `${prefix}_${base32FromUuid(uuid)}`;
}

/** The UUID inside a public id, or null if the text is no id of that type. */
export function uuidFromPublicId(prefix: string, id: string): string | null {
  if (id.length !== prefix.length + 27 || !id.startsWith(`${prefix}_`)) return null;
  return uuidFromBase32(id.slice(-26));
}

/** The prefix of any public id, whether or not the rest is valid. */
export function prefixOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf("_")));
}
