import { createHmac, generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Session } from "../../../src/modules/accounts/accounts.graphql.js";
import { Keyring } from "../../../src/platform/crypto/keyring.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { AccountsServer, secret, somePhone, TestClock } from "./accounts-server.js";

let database: TestDatabase;
let server: AccountsServer;
let session: Session;
let sessionId: string;

beforeAll(async () => {
  database = await freshDatabase();
  server = new AccountsServer(database, new TestClock());
  session = await server.logIn(somePhone());
  sessionId = (await server.authenticate(session.accessToken)).sessionId;
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

const refused = { code: "UNAUTHENTICATED" };
const keyFor = (purpose: string) => new Keyring([secret]).keysFor(purpose)[0]!.export();
const accessKey = keyFor("access-token");

interface Forgery {
  key?: Parameters<SignJWT["sign"]>[0];
  header?: { alg: string; typ?: string };
  issuer?: string;
  audience?: string;
  claims?: Record<string, unknown>;
  expiresInSec?: number | null;
}

/** A token that differs from a genuine one only in the given parts. */
async function forge(forgery: Forgery): Promise<string> {
  const nowSec = Math.floor(server.clock.now().getTime() / 1000);
  const jwt = new SignJWT(forgery.claims ?? { sub: session.user.userId, sid: sessionId })
    .setProtectedHeader(forgery.header ?? { alg: "HS256", typ: "at+jwt" })
    .setIssuer(forgery.issuer ?? "skyriff")
    .setAudience(forgery.audience ?? "skyriff-api")
    .setIssuedAt(nowSec);
  if (forgery.expiresInSec !== null) jwt.setExpirationTime(nowSec + (forgery.expiresInSec ?? 900));
  return jwt.sign(forgery.key ?? accessKey);
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("an access token", () => {
  test("built like a genuine one is accepted, so the rejections below have the named cause", async () => {
    await expect(server.authenticate(await forge({}))).resolves.toMatchObject({ sessionId });
  });

  test.each<[string, Forgery]>([
    ["of another issuer", { issuer: "somebody" }],
    ["for another audience", { audience: "skyriff-media" }],
    ["of another type", { header: { alg: "HS256", typ: "JWT" } }],
    ["of no type", { header: { alg: "HS256" } }],
    ["by HS512", { header: { alg: "HS512", typ: "at+jwt" }, key: Buffer.concat([accessKey, accessKey]) }],
    ["by another secret", { key: Buffer.alloc(32, 7) }],
    ["by the key of media links", { key: keyFor("media-link") }],
    ["by the secret itself", { key: Buffer.from(secret) }],
    ["that has expired", { expiresInSec: 0 }],
    ["that never expires", { expiresInSec: null }],
    ["without a session", { claims: { sub: "0195f5a0-0000-7000-8000-000000000000" } }],
    ["of a session that never was", { claims: { sub: "x", sid: "0195f5a0-0000-7000-8000-000000000000" } }],
  ])("%s is rejected", async (_, forgery) => {
    await expect(server.authenticate(await forge(forgery))).rejects.toMatchObject(refused);
  });

  test("without a signature is rejected, whatever algorithm its header claims", async () => {
    const claims = session.accessToken.split(".")[1];
    for (const alg of ["none", "None", "HS256"]) {
      await expect(server.authenticate(`${part({ alg, typ: "at+jwt" })}.${claims}.`)).rejects.toMatchObject(
        refused,
      );
    }
  });

  test("signed with RSA, or with a public key as the shared secret, is rejected", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const byRsa = await forge({ header: { alg: "RS256", typ: "at+jwt" }, key: privateKey });
    await expect(server.authenticate(byRsa)).rejects.toMatchObject(refused);
    const head = `${part({ alg: "HS256", typ: "at+jwt" })}.${session.accessToken.split(".")[1]}`;
    const pem = publicKey.export({ type: "spki", format: "pem" });
    const signature = createHmac("sha256", pem).update(head).digest("base64url");
    await expect(server.authenticate(`${head}.${signature}`)).rejects.toMatchObject(refused);
  });

  test("with any modified part is rejected", async () => {
    const [header, claims, signature] = session.accessToken.split(".") as [string, string, string];
    const changed = { ...JSON.parse(Buffer.from(claims, "base64url").toString()), sub: "somebody-else" };
    for (const token of [
      `${header}.${part(changed)}.${signature}`,
      `${header}.${claims}.${signature.slice(0, -4)}AAAA`,
    ]) {
      await expect(server.authenticate(token)).rejects.toMatchObject(refused);
    }
  });

  test("is not a refresh token, a media link's signature or garbage", async () => {
    const linkSignature = new Keyring([secret]).sign("media-link", "videos/1/clean.mp4");
    for (const token of [session.refreshToken, linkSignature, "", "a.b.c", "..", "x".repeat(1_000_000)]) {
      await expect(server.authenticate(token)).rejects.toMatchObject(refused);
    }
  });
});

describe("a new first secret", () => {
  const newSecret = "the-second-secret-of-the-accounts-tests";

  test("signs new tokens, while tokens and codes of the old one stay valid as long as it is listed", async () => {
    const phone = somePhone();
    const code = await server.codeFor(phone);
    const rotated = new AccountsServer(database, server.clock, { secrets: [newSecret, secret] });
    await expect(rotated.authenticate(session.accessToken)).resolves.toMatchObject({ sessionId });
    const fresh = await rotated.login(phone, code);
    await expect(rotated.authenticate(fresh.accessToken)).resolves.toBeDefined();
    await expect(server.authenticate(fresh.accessToken)).rejects.toMatchObject(refused);
    await rotated.close();
  });

  test("without the old one invalidates its access tokens, while refresh tokens stay valid", async () => {
    const other = await server.logIn(somePhone());
    const replaced = new AccountsServer(database, server.clock, { secrets: [newSecret] });
    await expect(replaced.authenticate(other.accessToken)).rejects.toMatchObject(refused);
    const refreshed = await replaced.accounts.refreshSession(other.refreshToken);
    await expect(replaced.authenticate(refreshed.accessToken)).resolves.toBeDefined();
    await replaced.close();
  });
});
