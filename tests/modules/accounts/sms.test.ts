import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { ConsoleSms, WebhookSms } from "../../../src/modules/accounts/sms.js";
import { createLogger } from "../../../src/platform/observability/logger.js";

let gateway: Server | undefined;

afterEach(() => {
  gateway?.closeAllConnections();
  gateway?.close();
  gateway = undefined;
});

async function startGateway(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  gateway = server;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/sms?key=hidden-in-the-address`;
}

const phone = "+8613800138000";

describe("the SMS webhook", () => {
  test("receives phone, code and a text in the user's language as JSON", async () => {
    const bodies: unknown[] = [];
    const url = await startGateway(async (request: IncomingMessage, response) => {
      expect(request.headers["content-type"]).toBe("application/json");
      bodies.push(JSON.parse(await text(request)));
      response.writeHead(202).end("queued");
    });
    const sender = new WebhookSms(url);
    await sender.send(phone, "123456", "en");
    await sender.send(phone, "654321", "zh");
    expect(bodies).toEqual([
      { phone, code: "123456", text: expect.stringContaining("123456 is your SkyRiff login code") },
      { phone, code: "654321", text: expect.stringContaining("验证码是 654321") },
    ]);
  });

  test.each([400, 429, 500, 503])("that responds with %i sent nothing", async (status) => {
    const url = await startGateway((_request, response) => response.writeHead(status).end());
    await expect(new WebhookSms(url).send(phone, "123456", "en")).rejects.toMatchObject({
      surelyNotSent: true,
    });
  });

  test("is not followed to another URL by a redirect", async () => {
    const paths: (string | undefined)[] = [];
    const url = await startGateway((request, response) => {
      paths.push(request.url);
      response.writeHead(307, { location: "/elsewhere" }).end();
    });
    await expect(new WebhookSms(url).send(phone, "123456", "en")).rejects.toMatchObject({
      surelyNotSent: true,
    });
    expect(paths).toEqual(["/sms?key=hidden-in-the-address"]);
  });

  test("that does not respond in time may have sent the message", async () => {
    const url = await startGateway(() => {});
    await expect(new WebhookSms(url, 100).send(phone, "123456", "en")).rejects.toMatchObject({
      surelyNotSent: false,
    });
  });

  test("that closes the connection after the request may have sent the message", async () => {
    const url = await startGateway((request) => request.socket.destroy());
    await expect(new WebhookSms(url).send(phone, "123456", "en")).rejects.toMatchObject({
      surelyNotSent: false,
    });
  });

  test("that cannot be reached sent nothing, and the error contains no URL, phone or code", async () => {
    const url = await startGateway(() => {});
    await new Promise((resolve) => gateway?.close(resolve));
    const failure = await new WebhookSms(url).send(phone, "123456", "en").catch((error: Error) => error);
    expect(failure).toMatchObject({ surelyNotSent: true });
    expect(String(failure)).not.toMatch(/hidden|127\.0\.0\.1|13800138000|123456/);
  });
});

test("the console sender logs the code and a masked phone", async () => {
  const lines: string[] = [];
  const logger = await createLogger({
    level: "info",
    pretty: false,
    destination: { write: (line: string) => void lines.push(line) },
  });
  await new ConsoleSms(logger).send(phone, "123456");
  const log = lines.join("");
  expect(log).toContain("123456");
  expect(log).toContain("+86138****8000");
  expect(log).not.toContain(phone);
});
