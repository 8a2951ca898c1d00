import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from "node:crypto";

/**
 * The secrets in AUTH_SECRET: the first one signs, all of them verify. Each purpose has its own keys,
 * derived from the secrets, so that a signature made for one purpose is invalid for another. The code
 * that signs names its purpose.
 */
export class Keyring {
  private readonly derived = new Map<string, KeyObject[]>();

  constructor(private readonly secrets: readonly string[]) {
    if (secrets.length === 0) throw new Error("a keyring needs at least one secret");
  }

  /** 32-byte keys. The first one signs. */
  keysFor(purpose: string): readonly KeyObject[] {
    let keys = this.derived.get(purpose);
    if (!keys) {
      keys = this.secrets.map((secret) =>
        createSecretKey(Buffer.from(hkdfSync("sha256", secret, "skyriff", purpose, 32))),
      );
      this.derived.set(purpose, keys);
    }
    return keys;
  }

  /** HMAC-SHA-256 as base64url. */
  sign(purpose: string, text: string): string {
    return mac(this.keysFor(purpose)[0] as KeyObject, text).toString("base64url");
  }

  /** Takes the same time whether or not the signature matches. */
  verify(purpose: string, text: string, signature: string): boolean {
    const given = Buffer.from(signature, "base64url");
    let matches = false;
    for (const key of this.keysFor(purpose)) {
      const expected = mac(key, text);
      if (given.length === expected.length && timingSafeEqual(given, expected)) matches = true;
    }
    return matches;
  }
}

/** Takes a KeyObject: importing a key from bytes costs six times as much as the HMAC. */
function mac(key: KeyObject, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
