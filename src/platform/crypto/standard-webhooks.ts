import { createHmac, timingSafeEqual } from "node:crypto";

/**
 * Signed webhooks by the Standard Webhooks specification, 1.0.0, symmetric signatures
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
 */
const toleranceSec = 300;
const secretPattern = /^whsec_(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** An id becomes a key in the database. */
const idPattern = /^[\x21-\x7e]{1,200}$/;

export interface WebhookCall {
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** As it came: a signature covers bytes. */
  body: Buffer;
  receivedAt: Date;
}

export type WebhookVerdict =
  /** `id` stays the same when the sender repeats itself. */
  | { kind: "genuine"; id: string }
  | { kind: "unreadable"; detail: string }
  | { kind: "not-genuine"; detail: string };

/** `whsec_` and at least one byte in base64. */
export function isWebhookSecret(text: string): boolean {
  return secretPattern.test(text) && keyOf(text).length > 0;
}

/**
 * Whether a call was signed with one of the secrets (several while they are rotated) and sent within
 * the last five minutes. Its header may hold several signatures: one that fits is enough.
 */
export function verifyWebhook(call: WebhookCall, secrets: readonly string[]): WebhookVerdict {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) =>
    oneHeader(call, name),
  );
  if (!id || !timestamp || !signatures) return { kind: "unreadable", detail: "a webhook header is missing" };
  if (!idPattern.test(id)) return { kind: "unreadable", detail: "the webhook's id is none" };
  if (!/^\d{1,12}$/.test(timestamp)) return { kind: "unreadable", detail: "the webhook's time is none" };
  const ageSec = call.receivedAt.getTime() / 1000 - Number(timestamp);
  if (Math.abs(ageSec) > toleranceSec) return { kind: "not-genuine", detail: "too old or too new" };
  const expected = secrets.map((secret) => signatureOf(secret, id, timestamp, call.body));
  const isGenuine = signatures
    .split(" ")
    .some((given) => expected.some((signature) => isSame(given, signature)));
  return isGenuine ? { kind: "genuine", id } : { kind: "not-genuine", detail: "no signature fits" };
}

/** The headers that go with a body. */
export function signWebhook(secret: string, id: string, sentAt: Date, body: string) {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": signatureOf(secret, id, timestamp, Buffer.from(body)),
  };
}

function signatureOf(secret: string, id: string, timestamp: string, body: Buffer): string {
  const hmac = createHmac("sha256", keyOf(secret)).update(`${id}.${timestamp}.`).update(body);
  return `v1,${hmac.digest("base64")}`;
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice("whsec_".length), "base64");
}

/** In constant time: how long a refusal takes says nothing of the right signature. */
function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function oneHeader({ headers }: WebhookCall, name: string): string | null {
  const value = headers[name];
  return typeof value === "string" ? value : null;
}
