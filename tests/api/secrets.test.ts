import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { sql } from "drizzle-orm";
import { Gauge } from "prom-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  DownloadNoWatermarkDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshSessionDocument,
  RequestLoginCodeDocument,
  TaskStatusDocument,
} from "../../src/generated/operations.js";
import { type Product, startProduct } from "../support/product.js";
import { SecretWatch } from "../support/secret-watch.js";
import { ServerProcess } from "../support/server-process.js";
import { create, ended } from "../support/tasks.js";

let product: Product;
let phones: Server;
/** The webhook's reaction to the next message. */
let answer: "taken" | "refused" | "cut" = "taken";
const sent: { phone: string; code: string }[] = [];

beforeAll(async () => {
  phones = createServer(async (request, response) => {
    sent.push(JSON.parse(await text(request)));
    if (answer === "cut") response.destroy();
    else response.writeHead(answer === "taken" ? 204 : 500).end("no");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => phones.once("listening", resolve));
  product = await startProduct({
    settings: {
      AUTH_SECRET: "the-newest-secret-of-this-test-0123456789,an-older-secret-of-this-test-0123456789",
      SMS_PROVIDER: "webhook",
      SMS_WEBHOOK_URL: `http://127.0.0.1:${(phones.address() as AddressInfo).port}/send?key=webhook-secret-of-this-test`,
      SMS_FIXED_CODE: "",
    },
  });
  product.secrets.add("the key in SMS_WEBHOOK_URL", "webhook-secret-of-this-test");
});
afterAll(() => phones.close());

const anaPhone = "+8613712345678";

async function code(): Promise<string> {
  await product.app.db.execute(sql`update login_codes set created_at = created_at - interval '2 minutes'`);
  const client = product.client();
  await client.execute(RequestLoginCodeDocument, { input: { phone: anaPhone } });
  const got = sent.at(-1)?.code as string;
  product.secrets.add("a login code", got);
  return got;
}

test("no secret is in logs, metrics or answers after a full run with all failures", async () => {
  const ana = product.client();
  for (const becomes of ["refused", "cut", "taken"] as const) {
    answer = becomes;
    product.secrets.addPhone(anaPhone);
    const wrong = await code();
    await ana.execute(LoginDocument, { input: { phone: anaPhone, code: `${wrong} ` } });
  }
  const { login } = await ana.request(LoginDocument, { input: { phone: anaPhone, code: await code() } });
  for (const token of [login.accessToken, login.refreshToken]) product.secrets.addToken(token);
  ana.token = login.accessToken;

  const taskId = await create(ana, { prompt: "ends well" });
  for await (const _ of ana.subscribe(TaskStatusDocument, { taskId }));
  const { video } = await ended(ana, taskId);
  const { downloadNoWatermark } = await ana.request(DownloadNoWatermarkDocument, {
    input: { videoId: video?.id as string },
  });
  product.secrets.add("a paid link", new URL(downloadNoWatermark.downloadUrl).searchParams.get("sig") ?? "");
  await fetch(downloadNoWatermark.downloadUrl).then((response) => response.arrayBuffer());
  await fetch(`${downloadNoWatermark.downloadUrl}x`);

  const faults = [
    "401",
    "reject",
    "cut",
    "malformed",
    "fail",
    "link-is:http://10.0.0.1/x",
    "redirect:http://10.0.0.1/",
  ];
  for (const fault of faults) await create(ana, { prompt: `[fault:${fault}]` });
  for (const bad of ["not.a.token", `${login.accessToken}x`, login.refreshToken]) {
    const stranger = product.client();
    stranger.token = bad;
    await stranger.execute(MeDocument);
    await stranger
      .subscribe(TaskStatusDocument, { taskId })
      .next()
      .catch(() => {});
    await stranger.disconnect();
  }
  await ana.execute("{ me { id ");
  await ana.execute("query($phone: PhoneNumber!) { me { id } }", { phone: "no phone" } as never);
  const input = { refreshToken: login.refreshToken };
  const { refreshSession } = await ana.request(RefreshSessionDocument, { input });
  for (const token of [refreshSession.accessToken, refreshSession.refreshToken])
    product.secrets.addToken(token);
  await ana.execute(RefreshSessionDocument, { input });
  await ana.execute(LogoutDocument);
  await ana.disconnect();

  // While the database refuses, errors come from everywhere at once.
  await product.app.db.execute(sql`alter table users rename to users_away`);
  await product.client().execute(LoginDocument, { input: { phone: anaPhone, code: await code() } });
  await product.app.db.execute(sql`alter table users_away rename to users`);

  expect(product.logged.filter((line) => line.includes('"level":"error"')).length).toBeGreaterThan(0);
  expect(product.logged.join("")).toContain("+86137****5678");
  await product.close();
});

test("the search finds secrets that are there", async () => {
  const watch = new SecretWatch({
    DATABASE_URL: "postgres://me:hunter-2-hunter@db/x",
    DYUAPI_API_KEY: "key-of-the-vendor",
    DYUAPI_BASE_URL: "https://vendor.example",
    AUTH_SECRET: "first-secret,second-secret",
    SMS_FIXED_CODE: "135790",
  });
  watch.addPhone("+8613800138000");
  watch.addToken("head.body.signature");
  const seen = (look: () => void) => {
    const before = watch.leaks.length;
    look();
    return watch.leaks.length > before;
  };
  for (const line of [
    "hunter-2-hunter",
    "key-of-the-vendor",
    "second-secret",
    "x=135790",
    "13800138000",
    "a.signature",
  ])
    expect(
      seen(() => watch.check("the log", `{"msg":"${line}"}`)),
      line,
    ).toBe(true);
  expect(seen(() => watch.check("the log", "login code for +86138****8000: 135790"))).toBe(false);
  expect(
    seen(() => watch.check("the log", "1135790 01a22ca8-a135790b-70f1 138001380001 https://vendor.example")),
  ).toBe(false);
  expect(seen(() => watch.checkAnswer('{"accessToken":"head.body.signature","refreshToken":"x"}'))).toBe(
    false,
  );
  expect(seen(() => watch.checkAnswer('{"id":"head.body.signature"}'))).toBe(true);
  expect(seen(() => watch.checkAnswer("https://vendor.example/files/1.mp4"))).toBe(true);
  await expect(watch.end()).rejects.toThrow(/the password of DATABASE_URL in the log/);
});

test("a locked prompt is a leak in an answer to another user than its author and those who pay, and in the log", async () => {
  const watch = new SecretWatch({});
  const tokenOf = (sub: string) =>
    `head.${Buffer.from(JSON.stringify({ sub })).toString("base64url")}.signature`;
  watch.addLockedPrompt("a cat, marked 1", tokenOf("author"));
  const leaksTo = (user: string, answer: string) => {
    const before = watch.leaks.length;
    watch.checkAnswer(answer, user === "" ? null : tokenOf(user));
    return watch.leaks.length > before;
  };
  const answer = '{"data":{"work":{"prompt":{"state":"OWN","text":"a cat, marked 1"}}}}';
  expect(leaksTo("author", answer)).toBe(false);
  expect(leaksTo("stranger", answer)).toBe(true);
  expect(leaksTo("", answer)).toBe(true);
  expect(leaksTo("payer", '{"data":{"unlockPrompt":{"prompt":{"text":"a cat, marked 1"}}}}')).toBe(false);
  expect(leaksTo("payer", answer)).toBe(false);
  watch.check("the log", '{"prompt":"a cat, marked 1"}');
  expect(watch.leaks.at(-1)).toBe("a locked prompt in the log");
});

test("a leak fails the test in the log, metrics, an answer, or the output of a process", async () => {
  const careless = await startProduct({ worker: false });
  const slip = (where: string) => {
    careless.secrets.add(where, `slips_into_${where}`);
    return `slips_into_${where}`;
  };
  careless.app.logger.trace({ about: slip("the_log") }, "said in passing");
  new Gauge({ name: "careless", help: slip("figures"), registers: [careless.app.metrics.registry] });
  await fetch(`${careless.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: `{ ${slip("an_answer")} }` }),
  });
  const client = careless.client();
  const asked = client.subscribe(`subscription { ${slip("a_message")} }`, {}).next();
  await asked.catch(() => {});
  await client.disconnect();
  const seen = await careless.close().catch((error: Error) => error.message);
  for (const where of ["the_log in the log", "figures in the figures", "an_answer in an", "a_message in an"])
    expect(seen).toContain(where);

  const folder = mkdtempSync(join(tmpdir(), "skyriff-careless-"));
  const script = join(folder, "careless.mjs");
  writeFileSync(
    script,
    "console.log('worker ready', process.env.DYUAPI_API_KEY); setInterval(() => {}, 9000)",
  );
  const talker = await ServerProcess.start({ DYUAPI_API_KEY: "key-that-is-printed" }, [], { script });
  await expect(talker.kill("SIGKILL")).rejects.toThrow("DYUAPI_API_KEY in the server's output");
  rmSync(folder, { recursive: true });
});
