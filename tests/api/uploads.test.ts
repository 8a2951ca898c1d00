import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { graphql } from "graphql";
import { pino } from "pino";
import sharp from "sharp";
import { buildSchema } from "type-graphql";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { NodeResolver } from "../../src/api/graphql/node.resolver.js";
import { rateWindowSec } from "../../src/api/http/rate-limit.js";
import { mediaRoute } from "../../src/api/routes/media-route.js";
import { type ApiServer, createApiServer } from "../../src/api/server.js";
import { AccountsResolver, UserResolver } from "../../src/modules/accounts/accounts.resolver.js";
import {
  AccountsService,
  accountsSettings,
  LoginLimits,
  loginWindowSec,
  sessionEnded,
} from "../../src/modules/accounts/index.js";
import { type MediaService, mediaPrefix } from "../../src/modules/media/index.js";
import { MediaResolver } from "../../src/modules/media/media.resolver.js";
import { media } from "../../src/modules/media/media.tables.js";
import { UserAvatarResolver } from "../../src/modules/media/user-avatar.resolver.js";
import { VideoStatsResolver } from "../../src/modules/videos/video-stats.resolver.js";
import { Keyring } from "../../src/platform/crypto/keyring.js";
import { NodeRegistry } from "../../src/platform/graphql/node-registry.js";
import { optimizeSchema, ResolverContainer } from "../../src/platform/graphql/optimize-schema.js";
import { createMetrics } from "../../src/platform/metrics/metrics.js";
import { openSharedCounter } from "../../src/platform/rate-limit/shared-counter.js";
import { MediaFixture } from "../modules/media/media-fixture.js";
import { imageAs, noise, padded, photo } from "../modules/media/sample-images.js";

const mib10 = 10 * 1024 * 1024;
const logger = pino({ level: "silent" });
const resolvers = [
  AccountsResolver,
  UserResolver,
  UserAvatarResolver,
  VideoStatsResolver,
  MediaResolver,
  NodeResolver,
] as const;

let fixture: MediaFixture;
let server: ApiServer;
let service: MediaService;
let url = "";
let ana: string;
let bo: string;
beforeAll(async () => {
  fixture = await MediaFixture.open();
  const { bus, db, links, clock } = fixture;
  const storage = await fixture.storage();
  service = await fixture.service(storage);
  const schema = await schemaOf(service);
  server = await createApiServer({
    schema,
    // A token is its user's id.
    authenticate: async (userId) => ({ userId, sessionId: userId, expiresAt: new Date("2100-01-01") }),
    bus,
    sessionEnded,
    logger,
    metrics: createMetrics(),
    metricsPage: null,
    readiness: async () => ({ ready: true, reasons: [] }),
    tempDirs: fixture.tempDirs,
    routes: [(app) => mediaRoute(app, { storage, links, clock })],
    rateLimitPerMinute: 100_000,
    requestCounter: openSharedCounter({ db, redis: null }, { name: "requests", windowSec: rateWindowSec }),
    introspection: true,
  });
  url = `http://127.0.0.1:${await server.listen({ host: "127.0.0.1", port: 0 })}`;
  fixture.baseUrl = url;
  [ana, bo] = [await fixture.user(), await fixture.user()];
  expect(await db.select().from(media)).toEqual([]);
});
afterAll(async () => {
  await server.close();
  await fixture.close();
});

async function schemaOf(uploads: MediaService) {
  const { db, clock, bus } = fixture;
  const settings = accountsSettings.parse({});
  const logins = openSharedCounter({ db, redis: null }, { name: "logins", windowSec: loginWindowSec });
  const accounts = new AccountsService({
    ...{ db, clock, logger, events: bus, settings },
    showsCodes: false,
    limits: new LoginLimits({ sentCodes: logins, loginAttempts: logins, settings, logger }),
    keyring: new Keyring(["a secret of at least thirty-two bytes"]),
    sms: { send: async () => {} },
    onUserCreated: async () => {},
    findOwnImage: async (userId, id) => (await uploads.findByPublicId(userId, id))?.row.id ?? null,
  });
  const nodes = new NodeRegistry();
  nodes.add([{ prefix: mediaPrefix, find: (id, viewer) => uploads.find(viewer.userId, id) }]);
  const container = new ResolverContainer([
    new AccountsResolver(accounts),
    new UserResolver(),
    new UserAvatarResolver(uploads),
    new VideoStatsResolver({ loadCountByUser: async () => new Map() }),
    new MediaResolver(uploads),
    new NodeResolver(nodes),
  ]);
  const schema = await buildSchema({
    resolvers: [...resolvers],
    container,
    validate: false,
  });
  optimizeSchema(schema, { resolvers: container });
  return schema;
}

const fields = "id url mimeType width height byteSize createdAt thumbnailUrl";
const document = `mutation ($file: Upload!) { uploadMedia(input: { file: $file }) { media { ${fields} } } }`;

function form(bytes: Buffer, query = document): FormData {
  const data = new FormData();
  data.set("operations", JSON.stringify({ query, variables: { file: null } }));
  data.set("map", JSON.stringify({ 0: ["variables.file"] }));
  data.set("0", new Blob([Uint8Array.from(bytes)], { type: "text/plain" }), "not-an-image.txt");
  return data;
}

const preflight = { "apollo-require-preflight": "true" };
const as = (userId: string | null) => (userId ? { authorization: `Bearer ${userId}` } : {});

async function upload(bytes: Buffer, userId: string | null = ana, query?: string) {
  const headers = { ...preflight, ...as(userId) } as Record<string, string>;
  const answer = await fetch(`${url}/graphql`, { method: "POST", headers, body: form(bytes, query) });
  return (await answer.json()) as {
    data?: { uploadMedia: { media: Record<string, never> } };
    errors?: { message: string; extensions: { code: string } }[];
  };
}

async function ask(query: string, userId: string, variables: unknown = {}) {
  const headers = { "content-type": "application/json", ...as(userId) } as Record<string, string>;
  const body = JSON.stringify({ query, variables });
  // biome-ignore lint/suspicious/noExplicitAny: what a test looks into is up to the test
  return (await (await fetch(`${url}/graphql`, { method: "POST", headers, body })).json()) as any;
}

const codeOf = async (answer: ReturnType<typeof upload>) => (await answer).errors?.[0]?.extensions.code;

/** The stored files and rows of all uploads so far. */
async function kept() {
  return { rows: (await fixture.db.select().from(media)).length, files: await fixture.storedKeys() };
}

describe("uploadMedia", () => {
  test("answers with links to the image and its thumbnails that need no login", async () => {
    const taken = await photo("jpeg");
    expect(taken.includes("Phone maker")).toBe(true);
    const { data, errors } = await upload(taken);
    expect(errors).toBeUndefined();
    const made = data?.uploadMedia.media as unknown as Record<string, string | number>;
    expect(made).toMatchObject({ mimeType: "image/jpeg", width: 300, height: 400 });
    expect(made.id).toMatch(/^media_[0-9a-z]{26}$/);
    const image = await fetch(made.url as string);
    expect(image.headers.get("content-type")).toBe("image/jpeg");
    expect(image.headers.get("cache-control")).toBe("private, max-age=0, must-revalidate");
    const bytes = Buffer.from(await image.arrayBuffer());
    expect(bytes.length).toBe(made.byteSize);
    // Upright, and nobody learns where and with what it was taken.
    expect(await sharp(bytes).metadata()).toMatchObject({ width: 300, height: 400, format: "jpeg" });
    expect((await sharp(bytes).metadata()).exif).toBeUndefined();
    const thumbnail = await fetch(made.thumbnailUrl as string);
    expect(thumbnail.headers.get("content-type")).toBe("image/webp");
    const shown = await sharp(Buffer.from(await thumbnail.arrayBuffer())).metadata();
    expect(shown).toMatchObject({ format: "webp", width: 360, height: 480 });
    expect((await fetch(`${made.url}x`)).status).toBe(403);
    // Made once and kept: looking at it makes nothing, and it is the same file each time.
    const before = await kept();
    const again = await fetch(made.thumbnailUrl as string);
    expect(again.headers.get("etag")).toBe(thumbnail.headers.get("etag"));
    expect(await kept()).toEqual(before);
  });

  test("gives every size of thumbnail", async () => {
    const sizes = "small: thumbnailUrl(size: SMALL) large: thumbnailUrl(size: LARGE)";
    const { data } = await upload(await imageAs("png"), ana, document.replace("thumbnailUrl", sizes));
    for (const [name, width] of [
      ["small", 160],
      ["large", 1080],
    ] as const) {
      const bytes = await (await fetch(data?.uploadMedia.media[name] as unknown as string)).arrayBuffer();
      expect((await sharp(Buffer.from(bytes)).metadata()).width).toBe(width);
    }
  });

  test("accepts a file of exactly 10 MiB", async () => {
    const { data } = await upload(padded(await imageAs("jpeg"), mib10));
    expect(data?.uploadMedia.media).toMatchObject({ mimeType: "image/jpeg", width: 400, height: 300 });
  });

  test("rejects one byte more, image or not, and stores nothing", async () => {
    const before = await kept();
    expect(await codeOf(upload(padded(await imageAs("jpeg"), mib10 + 1)))).toBe("PAYLOAD_TOO_LARGE");
    expect(await codeOf(upload(Buffer.alloc(mib10 + 1)))).toBe("PAYLOAD_TOO_LARGE");
    expect(await kept()).toEqual(before);
  });

  test("rejects files that are no image and broken images, each with its code", async () => {
    const before = await kept();
    expect(await codeOf(upload(Buffer.from("%PDF-1.7 and so on")))).toBe("UNSUPPORTED_MEDIA_TYPE");
    const whole = await noise("png");
    expect(await codeOf(upload(whole.subarray(0, whole.length / 2)))).toBe("BAD_USER_INPUT");
    expect(await kept()).toEqual(before);
  });

  test("needs a logged-in user, and reads no file without one", async () => {
    const before = await kept();
    expect(await codeOf(upload(await imageAs("jpeg"), null))).toBe("UNAUTHENTICATED");
    expect(await kept()).toEqual(before);
  });

  test("accepts only a file part: JSON in its place is BAD_USER_INPUT", async () => {
    for (const file of ["a.png", { createReadStream: 1 }, { promise: {} }, null]) {
      const { errors } = await ask(document, ana, { file });
      expect(errors[0].extensions.code).toBe("BAD_USER_INPUT");
    }
  });

  test("gives one part to one field: a second field with the same part is BAD_REQUEST", async () => {
    const twice = document.replace(
      "{ uploadMedia",
      "{ again: uploadMedia(input: { file: $file }) { media { id } } uploadMedia",
    );
    const { data, errors } = await upload(await imageAs("png"), ana, twice.replace("Upload!)", "Upload!)"));
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(["BAD_REQUEST"]);
    expect(data).toBeNull();
  });

  test("without a preflight header is rejected before the body is read", async () => {
    const headers = as(ana) as Record<string, string>;
    const answer = await fetch(`${url}/graphql`, {
      method: "POST",
      headers,
      body: form(await imageAs("png")),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_REQUEST" } }] });
  });

  test("describes its file as the contract does", async () => {
    const { data } = await graphql({
      schema: await schemaOf(service),
      source: '{ __type(name: "Upload") { kind description } }',
    });
    const description = "A file part of a GraphQL multipart request.";
    expect(data).toEqual({ __type: { kind: "SCALAR", description } });
  });
});

describe("an upload in progress", () => {
  /** Sends everything up to the file's bytes, and leaves the rest to the test. */
  async function begin(byteSize: number): Promise<Socket> {
    const part = (name: string, text: string) =>
      `--b\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${text}\r\n`;
    const operations = JSON.stringify({ query: document, variables: { file: null } });
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    await once(socket, "connect");
    socket.on("error", () => {});
    socket.write(
      "POST /graphql HTTP/1.1\r\nhost: x\r\napollo-require-preflight: 1\r\n" +
        `authorization: Bearer ${ana}\r\ncontent-length: ${byteSize + 1000}\r\n` +
        "content-type: multipart/form-data; boundary=b\r\n\r\n" +
        part("operations", operations) +
        part("map", '{"0":["variables.file"]}') +
        '--b\r\ncontent-disposition: form-data; name="0"; filename="x"\r\n\r\n',
    );
    return socket;
  }

  test("is rejected at the first byte above the limit", async () => {
    const socket = await begin(3 * mib10);
    socket.write(padded(await imageAs("jpeg"), mib10 + 1));
    const [answer] = (await once(socket, "data")) as [Buffer];
    expect(answer.toString()).toContain("PAYLOAD_TOO_LARGE");
    socket.destroy();
    await vi.waitFor(async () => expect(await fixture.scratchFiles()).toEqual([]));
  });

  test("that breaks off leaves neither a file nor a row", async () => {
    const before = await kept();
    const socket = await begin(mib10);
    socket.write((await noise("png")).subarray(0, 50_000));
    await vi.waitFor(async () => expect(await fixture.scratchFiles()).toHaveLength(1));
    socket.destroy();
    await vi.waitFor(async () => expect(await fixture.scratchFiles()).toEqual([]));
    expect(await kept()).toEqual(before);
    const { data } = await upload(await imageAs("png"));
    expect(data?.uploadMedia.media.id).toBeDefined();
  });

  test("grows in a file and not in memory", async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => begin(mib10)));
    const before = process.memoryUsage().arrayBuffers;
    const almost = padded(await imageAs("jpeg"), mib10 - 1);
    for (const socket of sockets) await new Promise((sent) => socket.write(almost, sent));
    await vi.waitFor(async () => expect(await fixture.scratchFiles()).toHaveLength(20));
    await vi.waitFor(
      () => expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(6 * mib10),
      10_000,
    );
    for (const socket of sockets) socket.destroy();
    await vi.waitFor(async () => expect(await fixture.scratchFiles()).toEqual([]));
  });
});

describe("an uploaded image", () => {
  test("is found only by its owner, by media and by node", async () => {
    const { data } = await upload(await imageAs("webp"));
    const id = data?.uploadMedia.media.id;
    const query = "query ($id: ID!) { media(id: $id) { id } node(id: $id) { id __typename } }";
    expect((await ask(query, ana, { id })).data).toEqual({
      media: { id },
      node: { id, __typename: "Media" },
    });
    expect((await ask(query, bo, { id })).data).toEqual({ media: null, node: null });
  });

  test("becomes its owner's avatar, but no other user's", async () => {
    const { data } = await upload(await imageAs("png"));
    const avatarMediaId = data?.uploadMedia.media.id;
    const mutation =
      "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { avatarUrl } } }";
    const stranger = await ask(mutation, bo, { input: { avatarMediaId } });
    expect(stranger.errors[0].extensions.code).toBe("NOT_FOUND");
    const own = await ask(mutation, ana, { input: { avatarMediaId } });
    const { avatarUrl } = own.data.updateProfile.user;
    expect((await fetch(avatarUrl)).headers.get("content-type")).toBe("image/webp");
    const away = await ask(mutation, ana, { input: { avatarMediaId: null } });
    expect(away.data.updateProfile.user.avatarUrl).toBeNull();
  });
});
