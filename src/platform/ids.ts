import { v7 } from "uuid";
import { base32FromUuid, uuidFromBase32 } from "./base32.js";

/** The type prefixes of public ids. In the database an id is a bare UUIDv7. */
export type IdPrefix =
  | "user"
  | "session"
  | "wallet"
  | "entry"
  | "task"
  | "batch"
  | "video"
  | "project"
  | "media";

/** A new UUIDv7 in its usual text form: sortable by the time it was made. */
export function newUuid(): string {
  return v7();
}

/** The public form of an id: `task_01jdz6k7y3fk8s9w2xq4v5b6c7`. */
export function publicId(prefix: IdPrefix, uuid: string): string {
  return `${prefix}_${base32FromUuid(uuid)}`;
}

/** The UUID inside a public id, or null if the text is no id of that type. */
export function uuidFromPublicId(prefix: IdPrefix, id: string): string | null {
  if (id.length !== prefix.length + 27 || !id.startsWith(`${prefix}_`)) return null;
  return uuidFromBase32(id.slice(-26));
}

/** The prefix of any public id, whether or not the rest is valid. */
export function prefixOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf("_")));
}
