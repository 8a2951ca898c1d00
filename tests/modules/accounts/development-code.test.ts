import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LoginDocument } from "../../../src/generated/operations.js";
import { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { newPhone } from "../../support/seed.js";

const requestCode = `mutation ($phone: PhoneNumber!) {
  requestLoginCode(input: { phone: $phone }) { developmentCode expiresAt }
}`;

let webhook: Server;
let sentCodes: { code: string }[];
beforeAll(async () => {
  sentCodes = [];
  webhook = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    sentCodes.push(JSON.parse(Buffer.concat(chunks).toString()));
    response.end();
  }).listen(0, "127.0.0.1");
  await once(webhook, "listening");
});
afterAll(() => void webhook.close());

async function withProduct(settings: Record<string, string>, act: (product: Product) => Promise<void>) {
  const product = await startProduct({ worker: false, settings });
  try {
    await act(product);
  } finally {
    await product.close();
  }
}

/** Requests a code with these headers at this address of the server. */
async function codeFrom(
  product: Product,
  headers: Record<string, string> = {},
  host = "127.0.0.1",
): Promise<string | null> {
  const client = new Client(`http://${host}:${new URL(product.url).port}`);
  const { data, errors } = await client.execute<
    { requestLoginCode: { developmentCode: string | null } },
    unknown
  >(requestCode, { phone: newPhone() }, headers);
  expect(errors).toBeUndefined();
  return data!.requestLoginCode.developmentCode;
}

describe("the response contains the login code", () => {
  test("for a client on the same machine, which can log in with it", async () => {
    await withProduct({ SMS_FIXED_CODE: "" }, async (product) => {
      const client = product.client();
      const phone = newPhone();
      const { requestLoginCode } = await client.request<
        { requestLoginCode: { developmentCode: string } },
        unknown
      >(requestCode, { phone });
      expect(requestLoginCode.developmentCode).toMatch(/^\d{6}$/);
      const input = { phone, code: requestLoginCode.developmentCode };
      expect((await client.request(LoginDocument, { input })).login.isNewUser).toBe(true);
    });
  });

  test("over a WebSocket and over IPv6 too", async () => {
    await withProduct({ HOST: "::" }, async (product) => {
      const socket = new Client(`http://127.0.0.1:${new URL(product.url).port}`);
      const { value } = await socket.subscribe(requestCode, { phone: newPhone() }).next();
      await socket.disconnect();
      expect(value.data.requestLoginCode.developmentCode).toBe("123456");
      expect(await codeFrom(product, {}, "[::1]")).toBe("123456");
    });
  });
});

describe("the response does not contain the login code", () => {
  test("when codes are sent by SMS_PROVIDER=webhook", async () => {
    const url = `http://127.0.0.1:${(webhook.address() as AddressInfo).port}/sms`;
    const settings = { SMS_PROVIDER: "webhook", SMS_WEBHOOK_URL: url, SMS_FIXED_CODE: "" };
    await withProduct(settings, async (product) => {
      expect(await codeFrom(product)).toBeNull();
      expect(sentCodes).toHaveLength(1);
    });
  });

  test("with NODE_ENV=production", async () => {
    const settings = {
      NODE_ENV: "production",
      SMS_CONSOLE_IN_PRODUCTION: "on",
      SMS_FIXED_CODE: "",
      AUTH_SECRET: "a secret of thirty-two bytes or more",
      PUBLIC_URL: "http://localhost:4000",
    };
    await withProduct(settings, async (product) => {
      expect(await codeFrom(product)).toBeNull();
    });
  });

  const passedOn: [string, Record<string, string>][] = [
    ["X-Forwarded-For of another machine", { "x-forwarded-for": "203.0.113.9" }],
    ["X-Forwarded-For that claims to be this machine", { "x-forwarded-for": "127.0.0.1" }],
    ["Forwarded", { forwarded: "for=127.0.0.1" }],
    ["X-Real-IP", { "x-real-ip": "127.0.0.1" }],
    ["Via", { via: "1.1 proxy" }],
    ["X-Forwarded-Host", { "x-forwarded-host": "example.com" }],
    ["CF-Connecting-IP", { "cf-connecting-ip": "127.0.0.1" }],
  ];
  test.each([
    ["without TRUST_PROXY", ""],
    ["with TRUST_PROXY=loopback", "loopback"],
    ["with TRUST_PROXY=true", "true"],
  ])("for a request forwarded by a proxy on this machine, %s", async (_, trustProxy) => {
    await withProduct({ TRUST_PROXY: trustProxy }, async (product) => {
      for (const [name, headers] of passedOn) {
        expect([name, await codeFrom(product, headers)]).toEqual([name, null]);
      }
      expect(await codeFrom(product)).toBe("123456");
    });
  });

  test("for a request through another network interface", async () => {
    const outer = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family, internal }) => family === "IPv4" && !internal);
    await withProduct({ HOST: "0.0.0.0" }, async (product) => {
      for (const { address } of outer) expect(await codeFrom(product, {}, address)).toBeNull();
      expect(await codeFrom(product)).toBe("123456");
    });
  });
});
