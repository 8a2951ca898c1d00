import { createHash, randomBytes, type webcrypto } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
import { LRUCache } from "lru-cache";
import { singleFlightByKey } from "../../platform/async/single-flight.js";
import type { Clock } from "../../platform/base/clock.js";
import { Unauthenticated } from "../../platform/base/common-errors.js";
import type { Keyring } from "../../platform/crypto/keyring.js";
import type { Viewer } from "../../platform/graphql/request-context.js";

const accessTokenSec = 15 * 60;
export const refreshTokenMs = 30 * 24 * 60 * 60 * 1000;

const algorithm = "HS256";
const hmac = { name: "HMAC", hash: "SHA-256" };
const issuer = "skyriff";
const audience = "skyriff-api";
/** Marks the JWT as an access token (RFC 9068, section 2.1). */
const typ = "at+jwt";
/** Issued tokens have under 400 characters. Longer ones are rejected without a signature check. */
const accessTokenLengthMax = 2048;
const verifiedMax = 20_000;

/** A viewer and the expiry of their access token. */
export interface AuthenticatedViewer extends Viewer {
  expiresAt: Date;
}

/**
 * Signs and verifies access tokens: JWTs with keys of their own. Algorithm, issuer, audience and type are fixed, so no
 * other signature of this server and no other algorithm is accepted.
 */
export class AccessTokens {
  private readonly keys: readonly webcrypto.CryptoKey[];
  /** Recently verified tokens. A signature does not change, so only the expiry is checked again. */
  private readonly verified = new LRUCache<string, AuthenticatedViewer>({ max: verifiedMax });

  constructor(
    keyring: Keyring,
    private readonly clock: Clock,
  ) {
    // jose would convert any other form of key for every token.
    this.keys = keyring
      .keysFor("access-token")
      .map((key) => key.toCryptoKey(hmac, false, ["sign", "verify"]));
  }

  async sign(userId: string, sessionId: string): Promise<{ token: string; expiresAt: Date }> {
    const nowSec = Math.floor(this.clock.now().getTime() / 1000);
    const expiresSec = nowSec + accessTokenSec;
    const token = await new SignJWT({ sid: sessionId })
      .setProtectedHeader({ alg: algorithm, typ })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(userId)
      .setIssuedAt(nowSec)
      .setExpirationTime(expiresSec)
      .sign(this.keys[0] as webcrypto.CryptoKey);
    return { token, expiresAt: new Date(expiresSec * 1000) };
  }

  /**
   * Throws Unauthenticated for an invalid or expired token. For an expired one, the error names its session.
   */
  async verify(token: string): Promise<AuthenticatedViewer> {
    if (token.length > accessTokenLengthMax) throw new Unauthenticated();
    const verified = this.verified.get(token);
    if (verified && verified.expiresAt > this.clock.now()) return verified;
    return this.verifySignature(token);
  }

  /** A page sends several requests at once. They share one check of their token. */
  private readonly verifySignature = singleFlightByKey(async (token) => {
    for (const key of this.keys) {
      const viewer = await this.verifyWith(key, token);
      if (!viewer) continue;
      this.verified.set(token, viewer);
      return viewer;
    }
    throw new Unauthenticated();
  });

  /** Null if the token is not signed with this key. Then an older key may match. */
  private async verifyWith(key: webcrypto.CryptoKey, token: string): Promise<AuthenticatedViewer | null> {
    try {
      const { payload } = await jwtVerify<{ sid: string }>(token, key, {
        algorithms: [algorithm],
        issuer,
        audience,
        typ,
        requiredClaims: ["sub", "sid", "exp"],
        currentDate: this.clock.now(),
      });
      return {
        userId: payload.sub as string,
        sessionId: payload.sid,
        expiresAt: new Date((payload.exp as number) * 1000),
      };
    } catch (error) {
      if (error instanceof errors.JWSSignatureVerificationFailed) return null;
      if (error instanceof errors.JWTExpired) throw new Unauthenticated(String(error.payload.sid));
      if (error instanceof errors.JOSEError) throw new Unauthenticated();
      throw error;
    }
  }
}

/** An opaque token of 32 random bytes. Only its hash is stored. */
export function createRefreshToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString("base64url");
  return { token, hash: hashRefreshToken(token) };
}

export function hashRefreshToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
