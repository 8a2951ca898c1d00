import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from "node:crypto";

/**
 * What a key may be used for. Each purpose has keys of its own, derived from the secrets, so that
 * a signature made for one is worth nothing for another.
 */
export type KeyPurpose = "access-token" | "media-link" | "login-code" | "refresh-token";

/** The secrets of AUTH_SECRET: the first signs, all verify. */
export class Keyring {
  private readonly derived = new Map<KeyPurpose, KeyObject[]>();

  constructor(private readonly secrets: readonly string[]) {
    if (secrets.length === 0) throw new Error("a keyring needs at least one secret");
  }

  /** The 32-byte keys for one purpose, newest (the signing one) first. */
  keysFor(purpose: KeyPurpose): readonly KeyObject[] {
    let keys = this.derived.get(purpose);
    if (!keys) {
      keys = this.secrets.map((secret) =>
        createSecretKey(Buffer.from(hkdfSync("sha256", secret, "skyriff", purpose, 32))),
      );
      this.derived.set(purpose, keys);
    }
    return keys;
  }

  /** HMAC-SHA-256 of a text with the signing key, as base64url. */
  sign(purpose: KeyPurpose, text: string): string {
    return mac(this.keysFor(purpose)[0] as KeyObject, text).toString("base64url");
  }

  /** Whether any key made this signature. Takes the same time whether or not it matches. */
  verify(purpose: KeyPurpose, text: string, signature: string): boolean {
    const given = Buffer.from(signature, "base64url");
    let matches = false;
    for (const key of this.keysFor(purpose)) {
      const expected = mac(key, text);
      if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
    }
    return matches;
  }
}

/** A key that is an object: to take one from bytes costs six times what the rest does. */
function mac(key: KeyObject, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
