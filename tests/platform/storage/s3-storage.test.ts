import { createServer, request } from "node:http";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/platform/base/clock.js";
import { endOfTomorrow } from "../../../src/platform/storage/media-links.js";
import { createS3Client } from "../../../src/platform/storage/s3-client.js";
import { S3Links } from "../../../src/platform/storage/s3-links.js";
import {
  type S3Location,
  storageLocation,
  storageSettings,
} from "../../../src/platform/storage/storage.config.js";
import { type Storage, StorageUnavailable } from "../../../src/platform/storage/storage.js";
import { S3Server } from "../../support/s3-server.js";
import { storageAt } from "../../support/storage-at.js";
import { until } from "../../support/until.js";

const type = { contentType: "video/mp4" };
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000);
const statusOf = async (link: string) => (await fetch(link)).status;

let s3: S3Server;
let storage: Storage;
beforeAll(async () => {
  s3 = await S3Server.start();
  storage = await storageAt(s3.settings());
  await storage.put("digits.mp4", Buffer.from("0123456789"), type);
});
afterAll(() => s3.stop());
beforeEach(() => {
  s3.interfere = () => false;
});

describe("a link to a file in a bucket", () => {
  test("is served by the bucket, including ranges, with the file's type and Cache-Control", async () => {
    const link = await storage.linkTo("digits.mp4", { expiresAt: endOfTomorrow(new Date()) });
    expect(link.startsWith(`${s3.url}/skyriff-tests/files/digits.mp4?`)).toBe(true);
    const part = await fetch(link, { headers: { range: "bytes=2-5" } });
    expect([part.status, await part.text()]).toEqual([206, "2345"]);
    expect(Object.fromEntries(part.headers)).toMatchObject({
      "content-type": "video/mp4",
      "content-range": "bytes 2-5/10",
      "cache-control": "private, max-age=0, must-revalidate",
    });
  });

  test("for a paid download makes browsers save the file, and forbids caching", async () => {
    const link = await storage.linkTo("digits.mp4", { expiresAt: inSeconds(60), downloadAs: "my video.mp4" });
    const answer = await fetch(link);
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="my video.mp4"');
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    expect(await answer.text()).toBe("0123456789");
  });

  test("has the same text all day, so that browsers use their cache, and another text the next day", async () => {
    let now = new Date("2026-03-04T00:00:00.000Z");
    const itsDay = await storageAt(s3.settings(), { clock: { now: () => now } });
    const linkNow = () => itsDay.linkTo("digits.mp4", { expiresAt: endOfTomorrow(now) });
    const morning = await linkNow();
    now = new Date("2026-03-04T23:59:59.999Z");
    expect(await linkNow()).toBe(morning);
    now = new Date("2026-03-05T00:00:00.000Z");
    expect(await linkNow()).not.toBe(morning);
  });

  test("is cached by file, expiry and file name", async () => {
    const [soon, late] = [inSeconds(600), inSeconds(1_200)];
    const asked = [
      ["digits.mp4", { expiresAt: soon }],
      ["digits.mp4", { expiresAt: late }],
      ["digits.mp4", { expiresAt: soon, downloadAs: "one.mp4" }],
      ["digits.mp4", { expiresAt: soon, downloadAs: "two.mp4" }],
      ["other.mp4", { expiresAt: soon }],
    ] as const;
    const links = () => Promise.all(asked.map(([key, options]) => storage.linkTo(key, options)));
    const first = await links();
    expect(new Set(first).size).toBe(asked.length);
    expect(await links()).toEqual(first);
  });

  test("expires in the promised second at any time of the day", async () => {
    const clock = { now: () => new Date("2026-03-04T05:06:07.890Z") };
    const link = await (await storageAt(s3.settings(), { clock })).linkTo("digits.mp4", {
      expiresAt: new Date("2026-03-04T06:06:07.000Z"),
    });
    const { searchParams } = new URL(link);
    expect(searchParams.get("X-Amz-Date")).toBe("20260304T000000Z");
    expect(Number(searchParams.get("X-Amz-Expires"))).toBe(6 * 3600 + 6 * 60 + 7);
  });

  test("that has expired or was changed is refused", async () => {
    // Signed yesterday, so that the end of one can lie behind us.
    const yesterday = await storageAt(s3.settings(), { clock: { now: () => inSeconds(-86_400) } });
    const link = (end: Date) => yesterday.linkTo("digits.mp4", { expiresAt: end });
    const good = await link(inSeconds(3600));
    expect(await statusOf(good)).toBe(200);
    expect(await statusOf(await link(inSeconds(-1)))).toBe(403);
    await storage.put("other.mp4", Buffer.from("x"), type);
    const changes = [
      ["digits.mp4", "other.mp4"],
      [/X-Amz-Expires=\d+/, "X-Amz-Expires=604800"],
      ["max-age%3D", "max-age%3D9"],
      ["?", "?response-content-type=text%2Fhtml&"],
    ] as const;
    for (const [from, to] of changes) {
      const changed = good.replace(from, to);
      expect([from, changed !== good, await statusOf(changed)]).toEqual([from, true, 403]);
    }
  });

  test("stops working when the file is deleted", async () => {
    await storage.put("short-lived.mp4", Buffer.from("x"), type);
    const links = await Promise.all(
      [{}, { downloadAs: "mine.mp4" }].map((how) =>
        storage.linkTo("short-lived.mp4", { expiresAt: inSeconds(3600), ...how }),
      ),
    );
    expect(await Promise.all(links.map(statusOf))).toEqual([200, 200]);
    await storage.delete("short-lived.mp4");
    expect(await Promise.all(links.map(statusOf))).toEqual([404, 404]);
  });

  test("begins with the CDN's URL if one is set, and the CDN gets the file with it", async () => {
    const cdn = createServer(({ url, headers }, response) => {
      const { hostname, port, host } = new URL(s3.url);
      request({ hostname, port, path: url?.slice("/cdn".length), headers: { ...headers, host } })
        .on("response", (answer) => {
          response.writeHead(answer.statusCode ?? 0, answer.headers);
          answer.pipe(response);
        })
        .end();
    });
    await new Promise<void>((listening) => void cdn.listen(0, "127.0.0.1", listening));
    const address = `http://127.0.0.1:${(cdn.address() as { port: number }).port}/cdn`;
    const behindCdn = await storageAt({ ...s3.settings(), S3_CDN_URL: `${address}/` });
    const link = await behindCdn.linkTo("digits.mp4", { expiresAt: inSeconds(60), downloadAs: "a.mp4" });
    expect(link.startsWith(`${address}/skyriff-tests/files/digits.mp4?`)).toBe(true);
    expect(await (await fetch(link)).text()).toBe("0123456789");
    cdn.closeAllConnections();
    cdn.close();
  });

  test.each([
    [
      { S3_ENDPOINT: undefined, AWS_REGION: "eu-west-1" },
      "https://skyriff-tests.s3.eu-west-1.amazonaws.com/",
    ],
    [{ S3_ENDPOINT: "https://r2.example.com" }, "https://r2.example.com/skyriff-tests/"],
    [
      { S3_ENDPOINT: "https://oss.example.com", S3_ADDRESSING: "host" },
      "https://skyriff-tests.oss.example.com/",
    ],
  ])("names the bucket where its server looks for it: %j", async (changed, base) => {
    const place = storageLocation(storageSettings.parse({ ...s3.settings(), ...changed }), "") as S3Location;
    const links = await S3Links.open(createS3Client(place), place, systemClock);
    const link = await links.sign("files/x.mp4", { expiresAt: inSeconds(60) });
    expect(link.startsWith(`${base}files/x.mp4?`)).toBe(true);
  });
});

describe("a file put into a bucket", () => {
  test("has its content type and Cache-Control", async () => {
    await storage.put("still.webp", Readable.from([Buffer.from("x")]), { contentType: "image/webp" });
    const { headers } = await fetch(`${s3.url}/skyriff-tests/files/still.webp`);
    expect(headers.get("content-type")).toBe("image/webp");
    expect(headers.get("cache-control")).toBe("private, max-age=0, must-revalidate");
  });

  test("is read no faster than the bucket accepts it, so that no file is buffered whole", async () => {
    const held: (() => void)[] = [];
    s3.interfere = (incoming, response) => {
      if (!incoming.url?.includes("partNumber=")) return false;
      held.push(() => s3.serve(incoming, response));
      return true;
    };
    const mib = 1024 * 1024;
    let given = 0;
    const film = new Readable({
      read() {
        given += mib;
        this.push(given > 40 * mib ? null : Buffer.alloc(mib, given / mib));
      },
    });
    const written = storage.put("film.mp4", film, type);
    await until("the first parts", () => held.length === 2);
    expect(given).toBeLessThan(24 * mib);
    expect(await storage.stat("film.mp4")).toBeNull();
    s3.interfere = () => false;
    for (const release of held) release();
    await written;
    expect((await storage.stat("film.mp4"))?.byteSize).toBe(40 * mib);
    const part = await buffer(await storage.open("film.mp4", { start: 7 * mib - 1, end: 7 * mib }));
    expect([...part]).toEqual([7, 8]);
  });

  test("is aborted with all its parts if its stream fails in the middle", async () => {
    const broken = async function* () {
      for (let n = 0; n < 12; n++) yield Buffer.alloc(1024 * 1024);
      throw new Error("the line went dead");
    };
    await expect(storage.put("broken.mp4", Readable.from(broken()), type)).rejects.toThrow(
      "the line went dead",
    );
    expect(await storage.stat("broken.mp4")).toBeNull();
    expect(s3.requests.filter((line) => /^DELETE .*broken.mp4\?uploadId=/.test(line))).toHaveLength(1);
  });
});

describe("an unavailable bucket", () => {
  test("is not reported as a missing file, and links are still signed", async () => {
    await s3.stopListening();
    try {
      for (const ask of [
        () => storage.stat("digits.mp4"),
        () => storage.open("digits.mp4"),
        () => storage.put("new.mp4", Buffer.from("x"), type),
        () => storage.put("new.mp4", Readable.from([Buffer.from("x")]), type),
        () => storage.delete("digits.mp4"),
      ]) {
        await expect(ask()).rejects.toThrow(StorageUnavailable);
      }
      expect(await storage.linkTo("digits.mp4", { expiresAt: inSeconds(60) })).toContain("digits.mp4");
    } finally {
      await s3.listenAgain();
    }
    expect((await storage.stat("digits.mp4"))?.byteSize).toBe(10);
  });

  test("in the middle of a file fails the stream instead of ending it early", async () => {
    s3.interfere = (_, response) => {
      response.writeHead(200, { "content-length": 100_000 });
      response.write(Buffer.alloc(50_000), () => response.destroy());
      return true;
    };
    await expect(buffer(await storage.open("digits.mp4"))).rejects.toThrow();
  });

  test("does not prevent the start: it is logged, and files are stored when it is back", async () => {
    const logged: string[] = [];
    const logger = pino({ level: "error" }, { write: (line: string) => void logged.push(line) });
    await s3.stopListening();
    const opened = await storageAt(s3.settings("later"), { logger }).finally(() => s3.listenAgain());
    expect(logged.join()).toContain("the bucket does not answer");
    await opened.put("a.mp4", Buffer.from("x"), type);
    expect((await opened.stat("a.mp4"))?.byteSize).toBe(1);
  });
});

describe("a bucket that refuses us fails the start with the reason", () => {
  test.each([
    [
      "a bucket that does not exist",
      { STORAGE_URL: "s3://nobody-has-this/x" },
      "there is no bucket of this name",
    ],
    [
      "a wrong secret",
      { AWS_SECRET_ACCESS_KEY: "wrong" },
      "the key is wrong, or has no right to s3:ListBucket",
    ],
  ])("%s", async (_, changed, reason) => {
    await expect(storageAt({ ...s3.settings(), ...changed })).rejects.toThrow(reason);
  });

  test.each([
    ["PUT", "write to it"],
    ["GET", "read from it"],
    ["DELETE", "delete from it"],
  ])("a key without the right to %s", async (method, what) => {
    s3.interfere = (incoming, response) => {
      if (incoming.method !== method) return false;
      response.writeHead(403).end("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
      return true;
    };
    await expect(storageAt(s3.settings())).rejects.toThrow(`the key cannot ${what} (403 AccessDenied)`);
  });

  test("a bucket in another region, which is named", async () => {
    s3.interfere = (_, response) => {
      response.writeHead(301, { "x-amz-bucket-region": "ap-east-1" }).end();
      return true;
    };
    await expect(storageAt(s3.settings())).rejects.toThrow("AWS_REGION must be ap-east-1");
  });
});
