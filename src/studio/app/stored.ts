import { session } from "./session";

/** The name under which this browser keeps something of a user. The next user of the browser has another. */
export function userKey(name: string, userId: string | null = session.userId): string {
  return `skyriff.${name}.${userId ?? "visitor"}`;
}
