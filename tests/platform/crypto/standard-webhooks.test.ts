import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import {
  isWebhookSecret,
  signWebhook,
  verifyWebhook,
} from "../../../src/platform/crypto/standard-webhooks.js";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const body = '{"type":"video.completed","data":{"id":"video_夜"}}';

describe("signed webhooks", () => {
  it("are compatible with the specification's own library in both directions", () => {
    const now = new Date();
    const ours = signWebhook(secret, "msg_1", now, body);
    expect(new Webhook(secret).verify(body, ours)).toEqual(JSON.parse(body));
    const theirs = {
      "webhook-id": "msg_2",
      "webhook-timestamp": ours["webhook-timestamp"],
      "webhook-signature": new Webhook(secret).sign("msg_2", now, body),
    };
    const call = { headers: theirs, body: Buffer.from(body), receivedAt: now };
    expect(verifyWebhook(call, [secret])).toEqual({ kind: "genuine", id: "msg_2" });
  });

  it("with a byte changed, added or missing are not genuine", () => {
    const now = new Date();
    const headers = signWebhook(secret, "msg_1", now, body);
    const [version, signature = ""] = headers["webhook-signature"].split(",");
    const others = [
      signature.slice(1),
      `${signature}A`,
      `${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`,
      signature.toLowerCase(),
      "",
    ];
    for (const other of others) {
      const forged = { ...headers, "webhook-signature": `${version},${other}` };
      const verdict = verifyWebhook({ headers: forged, body: Buffer.from(body), receivedAt: now }, [secret]);
      expect(verdict.kind, other).toBe("not-genuine");
    }
  });

  it.each(["whsec_", "whsec_=", "whsec_a", "whsec_ab!c", "MfKQ9r8G", "whsec_MfKQ9r8G,x", ""])(
    "%j is no secret",
    (text) => {
      expect(isWebhookSecret(text)).toBe(false);
    },
  );

  it.each([secret, "whsec_dGVzdA==", "whsec_dGVzdGU="])("%j is one", (text) => {
    expect(isWebhookSecret(text)).toBe(true);
  });
});
