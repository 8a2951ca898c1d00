import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Keyring } from "../platform/crypto/keyring.js";

/**
 * The keys that sign tokens and links: AUTH_SECRET, or one that is made once and kept in the data
 * directory. Of several processes that start at once one makes it and all read it.
 */
export function openKeyring(secrets: readonly string[] | undefined, dataDir: string): Keyring {
  if (secrets) return new Keyring(secrets);
  mkdirSync(dataDir, { recursive: true });
  const path = join(dataDir, "auth-secret");
  const fresh = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writeFileSync(fresh, randomBytes(48).toString("base64url"), { mode: 0o600, flush: true });
  try {
    linkSync(fresh, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(fresh, { force: true });
  }
  return new Keyring([readFileSync(path, "utf8").trim()]);
}
