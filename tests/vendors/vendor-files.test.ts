import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isPublicAddress, resolvePublicAddress } from "../../src/platform/http/public-address.js";
import { SafeDownloader } from "../../src/platform/http/safe-download.js";
import { type AdapterSetting, adapterSetting, adapters, vendorSetting } from "./support/vendor-setting.js";

async function bytesOf(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

let secretServer: Server;
let secretUrl: string;
let secretRequests = 0;

beforeAll(async () => {
  secretServer = createServer((_request, response) => {
    secretRequests += 1;
    response.end("inner secret");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => secretServer.once("listening", resolve));
  secretUrl = `http://127.0.0.1:${(secretServer.address() as AddressInfo).port}`;
});
afterAll(() => void secretServer.close());
afterEach(() => expect(secretRequests, "requests to where only we can reach").toBe(0));

/** Where only we can reach, in every way to write it. */
const innerPlaces = () => [
  secretUrl,
  secretUrl.replace("127.0.0.1", "localhost"),
  secretUrl.replace("127.0.0.1", "2130706433"),
  secretUrl.replace("127.0.0.1", "0x7f.1"),
  secretUrl.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
  secretUrl.replace("127.0.0.1", "0.0.0.0"),
  "http://169.254.169.254/latest/meta-data/",
  "http://10.0.0.1/",
  "http://[fd00::1]/",
  "file:///etc/passwd",
  "data:video/mp4;base64,AAAA",
  "ftp://127.0.0.1/x",
];

function opener(setting: AdapterSetting) {
  return async (prompt: string) => {
    const id = await setting.submitted(prompt);
    const { videoUrl } = await setting.finished(id);
    return setting.vendor.fetch(id, videoUrl);
  };
}

describe.each(adapters)("opening the file of $name", (adapter) => {
  let setting: AdapterSetting;
  let opened: ReturnType<typeof opener>;

  beforeAll(async () => {
    setting = await adapterSetting(adapter, { timeoutMs: 2_000 });
    opened = opener(setting);
  });
  afterAll(() => setting.sandbox.close());

  it.each(["", "[fault:link-redirect]", "[fault:no-link]", "[fault:link-expired]", "[fault:forms:data,url]"])(
    "the whole file comes %s",
    async (fault) => {
      const result = await opened(`a file ${fault}`);
      if (result.kind !== "opened") throw new Error(JSON.stringify(result));
      const bytes = await bytesOf(result.body);
      expect(bytes.subarray(4, 8).toString()).toBe("ftyp");
      expect(bytes.length).toBe(result.byteLength);
    },
  );

  it("a link from before the vendor moved is of no use, and does no harm", async () => {
    const id = await setting.submitted("moved");
    await setting.finished(id);
    const result = await setting.vendor.fetch(id, `${secretUrl}/files/${id}.mp4`);
    expect(result.kind).toBe("opened");
    if (result.kind === "opened") result.body.on("error", () => {}).destroy();
  });

  it.each(["[fault:no-link-ever]", "[fault:link-404]", "[fault:link-loop]"])(
    "%s is missing",
    async (fault) => {
      expect(await opened(fault)).toMatchObject({ kind: "missing" });
    },
  );

  it.each([
    ["[fault:file-503:2]", { kind: "throttled", retryAfterMs: 2_000 }],
    ["[fault:file-500]", { kind: "outcome-unknown" }],
    ["[fault:file-hang]", { kind: "outcome-unknown" }],
    ["[fault:file-cut]", { kind: "outcome-unknown" }],
  ])("%s has its own meaning", async (fault, wanted) => {
    expect(await opened(fault)).toMatchObject(wanted);
  });

  it("a file that is cut in the middle is an error of the stream, not a short file", async () => {
    const result = await opened("[fault:link-cut]");
    if (result.kind !== "opened") throw new Error(result.kind);
    await expect(bytesOf(result.body)).rejects.toThrow();
  });

  it("a file without an end is handed on piece by piece", async () => {
    const result = await opened("[fault:link-endless]");
    if (result.kind !== "opened") throw new Error(result.kind);
    expect(result.byteLength).toBeNull();
    let size = 0;
    for await (const chunk of result.body) {
      size += chunk.length;
      if (size > 3_000_000) break;
    }
    expect(size).toBeLessThan(5_000_000);
  });

  it("a redirect never leads to where only we can reach", async () => {
    for (const place of innerPlaces()) {
      expect(await opened(`[fault:link-to:${place}]`), place).toMatchObject({ kind: "missing" });
    }
  });

  it("the vendor's host with another port is not the vendor", async () => {
    const other = new SafeDownloader({ trustedOrigin: setting.sandbox.url, timeoutMs: 1000 });
    expect(await other.open(secretUrl)).toMatchObject({ kind: "forbidden" });
  });

  it("the message for operators names no address", async () => {
    const result = await opened(`[fault:link-to:${secretUrl}]`);
    expect(JSON.stringify(result)).not.toContain("127.0.0.1");
  });
});

describe("the links of dyuapi", () => {
  let setting: AdapterSetting;
  beforeAll(async () => {
    setting = await vendorSetting();
  });
  afterAll(() => setting.sandbox.close());

  it("a finished task without a link gets it from the detail, already at the look", async () => {
    const id = await setting.submitted("[fault:no-link]");
    expect(await setting.finished(id)).toMatchObject({ videoUrl: `${setting.sandbox.url}/files/${id}.mp4` });
  });

  it("never lead to where only we can reach", async () => {
    for (const place of innerPlaces()) {
      const result = await opener(setting)(`[fault:link-is:${place}]`);
      expect(result, place).toMatchObject({ kind: "missing" });
      expect(JSON.stringify(result)).not.toContain("127.0.0.1");
    }
  });
});

describe("public addresses", () => {
  it.each(["8.8.8.8", "1.1.1.1", "203.0.114.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"])(
    "%s is one",
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  // The special-purpose registries of IANA, IPv4 and IPv6, and every way to write one as the other.
  it.each([
    ...["127.0.0.1", "127.8.8.8", "0.0.0.0", "0.255.255.255", "10.1.2.3", "172.16.0.1", "172.31.255.255"],
    ...["192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.0.170"],
    ...["192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1", "198.18.0.1"],
    ...["198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
    ...["::", "::1", "::2", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00::1", "ff02::1", "4000::1"],
    ...[
      "::ffff:127.0.0.1",
      "::ffff:10.0.0.1",
      "::ffff:a9fe:a9fe",
      "::ffff:0:7f00:1",
      "::127.0.0.1",
      "::7f00:1",
    ],
    ...["64:ff9b::7f00:1", "64:ff9b:1::1", "64:ff9b:1:7f00:1::", "2002:7f00:1::", "2001:0:7f00:1::"],
    ...["100::1", "100:0:0:1::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2620:4f:8000::1"],
    ...["3fff::1", "5f00::1", "", "localhost", "127.1", "0x7f000001", "2130706433", "0177.0.0.1", "8.8.8.8 "],
  ])("%s is none", (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it("a name is checked by the very resolution that the connection uses", async () => {
    for (const all of [true, false]) {
      const error = await new Promise((resolve) =>
        resolvePublicAddress("localhost", { all }, (problem) => resolve(problem)),
      );
      expect(String(error)).toContain("is not a public address");
    }
  });
});

describe("the sandbox's files", () => {
  it("parts put together are the whole, and impossible parts are refused", async () => {
    const setting = await vendorSetting();
    const id = await setting.submitted("parts");
    const { videoUrl } = await setting.finished(id);
    const part = async (range: string) => {
      const answer = await fetch(videoUrl ?? "", { headers: { range } });
      return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()) };
    };
    const whole = Buffer.from(await (await fetch(videoUrl ?? "")).arrayBuffer());
    const halves = [await part("bytes=0-999"), await part("bytes=1000-")];
    const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    expect(halves.map(({ status }) => status)).toEqual([206, 206]);
    expect(hash(Buffer.concat(halves.map(({ bytes }) => bytes)))).toBe(hash(whole));
    expect((await part("bytes=-5")).bytes).toEqual(whole.subarray(-5));
    expect((await part("bytes=99999999-")).status).toBe(416);
    await setting.sandbox.close();
  });
});
