import { createHash, randomBytes, type webcrypto } from "node:crypto";
import { errors, jwtVerify, SignJWT } from "jose";
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
/** RFC 9068, section 2.1: says that this JWT is an access token and nothing else. */
const typ = "at+jwt";
/** Ours are under 400 characters; what is longer is not worth a signature check. */
const accessTokenLengthMax = 2048;
const provenMax = 20_000;

/** A viewer, and the moment from which their access token proves nothing. */
export interface AuthenticatedViewer extends Viewer {
  expiresAt: Date;
}

/**
 * Access tokens: JWTs by keys that serve nothing else. Algorithm, issuer, audience and type are
 * pinned, so no other signature of ours and no other algorithm passes for one.
 */
export class AccessTokens {
  private readonly keys: readonly webcrypto.CryptoKey[];
  /** What each token that came lately proves; the oldest comes first. Nothing else makes a token good or bad. */
  private readonly proven = new Map<string, AuthenticatedViewer>();
  /** Who opens a page asks for several things at once: their token is checked once for all of them. */
  private readonly underWay = new Map<string, Promise<AuthenticatedViewer>>();

  constructor(
    keyring: Keyring,
    private readonly clock: Clock,
  ) {
    // As the signing itself takes them; of any other form it would make one for every token.
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
   * Throws Unauthenticated for anything but an access token of ours that has not expired; of one that has,
   * with its session.
   */
  async verify(token: string): Promise<AuthenticatedViewer> {
    if (token.length > accessTokenLengthMax) throw new Unauthenticated();
    const proven = this.proven.get(token);
    if (proven && proven.expiresAt > this.clock.now()) return proven;
    const underWay = this.underWay.get(token) ?? this.check(token).finally(() => this.underWay.delete(token));
    this.underWay.set(token, underWay);
    return underWay;
  }

  private async check(token: string): Promise<AuthenticatedViewer> {
    for (const key of this.keys) {
      const claims = await this.verifyWith(key, token);
      if (claims) return this.remember(token, claims);
    }
    throw new Unauthenticated();
  }

  private remember(token: string, claims: AuthenticatedViewer): AuthenticatedViewer {
    this.proven.delete(token);
    this.proven.set(token, claims);
    if (this.proven.size > provenMax) this.proven.delete(this.proven.keys().next().value as string);
    return claims;
  }

  /** Null when the signature is not by this key, so that an older one may be tried. */
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

/** Opaque: 32 random bytes. Only the hash is kept. */
export function createRefreshToken(): { token: string; hash: string } {
  const token = randomBytes(32).toString("base64url");
  return { token, hash: hashRefreshToken(token) };
}

export function hashRefreshToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
