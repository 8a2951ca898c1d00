import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Signed webhooks by the Standard Webhooks specification, 1.0.0, symmetric signatures
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
const toleranceSec = 300;
const secretPattern = /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Ids are used as database keys. */
const idPattern = /^[\x21-\x7e]{1,200}$/;

export interface WebhookCall {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Raw bytes, because the signature covers them. */
  body: Buffer;
  receivedAt: Date;
}

export type WebhookVerdict =
  /** `id` is the same in all retries of one event. */
  | { kind: "genuine"; id: string }
  | { kind: "unreadable"; detail: string }
  | { kind: "not-genuine"; detail: string };

/** `whsec_` and at least one byte in base64. */
export function isWebhookSecret(text: string): boolean {
  return secretPattern.test(text) && decodeSecret(text).length > 0;
}

/**
 * Checks that a call was signed with one of the secrets (several during a rotation) and was sent at most
 * five minutes ago. The header may hold several signatures, one of which must match.
 */
export function verifyWebhook(call: WebhookCall, secrets: readonly string[]): WebhookVerdict {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    singleHeader(call, name),
  );
  if (!id || !timestamp || !signatures) return { kind: "unreadable", detail: "a webhook header is missing" };
  if (!idPattern.test(id)) return { kind: "unreadable", detail: "the webhook-id header is invalid" };
  if (!/^\d{1,12}$/.test(timestamp))
    return { kind: "unreadable", detail: "the webhook-timestamp header is invalid" };
  const ageSec = call.receivedAt.getTime() / 1000 - Number(timestamp);
  if (Math.abs(ageSec) > toleranceSec)
    return { kind: "not-genuine", detail: "its timestamp is more than five minutes from now" };
  const expected = secrets.map((secret) => computeSignature(secret, id, timestamp, call.body));
  const isGenuine = signatures
    .split(" ")
    .some((given) => expected.some((signature) => isEqualInConstantTime(given, signature)));
  return isGenuine ? { kind: "genuine", id } : { kind: "not-genuine", detail: "no signature matches" };
}

export function signWebhook(secret: string, id: string, sentAt: Date, body: string) {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": computeSignature(secret, id, timestamp, Buffer.from(body)),
  };
}

function computeSignature(secret: string, id: string, timestamp: string, body: Buffer): string {
  const hmac = createHmac("sha256", decodeSecret(secret)).update(`${id}.${timestamp}.`).update(body);
  return `v1,${hmac.digest("base64")}`;
}

function decodeSecret(secret: string): Buffer {
  return Buffer.from(secret.slice("whsec_".length), "base64");
}

/** Constant time prevents guessing the signature from response times. */
function isEqualInConstantTime(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function singleHeader({ headers }: WebhookCall, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}
