import { type GraphQLSchema, graphql } from "graphql";
import { buildSchema, Query, Resolver } from "type-graphql";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Session, User } from "../../../src/modules/accounts/accounts.graphql.js";
import { AccountsResolver, UserResolver } from "../../../src/modules/accounts/accounts.resolver.js";
import { UserAvatarResolver } from "../../../src/modules/media/user-avatar.resolver.js";
import { VideoStatsResolver } from "../../../src/modules/videos/video-stats.resolver.js";
import { Loaders, type RequestContext, type Viewer } from "../../../src/platform/graphql/request-context.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import { maskPhone } from "../../../src/platform/observability/logger.js";
import { freshDatabase, type TestDatabase } from "../../support/database.js";
import { withOwnResolvers } from "../../support/type-registry.js";
import { AccountsServer, somePhone, TestClock } from "./accounts-server.js";

const ownMediaId = newUuid();
const countedAt: string[][] = [];
const linkedAt: string[][] = [];

let database: TestDatabase;
let server: AccountsServer;
let schema: GraphQLSchema;
let anaPhone: string;
let ana: Session;
let ben: Session;

/** A list of users, which the product does not have yet. A list shows the cost of a field. */
class EverybodyResolver {
  async everybody(): Promise<User[]> {
    return [...(await server.accounts.usersByIds([ana.user.userId, ben.user.userId])).values()];
  }
}

beforeAll(async () => {
  database = await freshDatabase();
  server = new AccountsServer(database, new TestClock(), {
    findOwnImage: async (userId, id) =>
      userId === ana.user.userId && id === publicId("media", ownMediaId) ? ownMediaId : null,
  });
  anaPhone = somePhone();
  ana = await server.logIn(anaPhone);
  ben = await server.logIn(somePhone());
  const instances = new Map<unknown, unknown>([
    [EverybodyResolver, new EverybodyResolver()],
    [AccountsResolver, new AccountsResolver(server.accounts)],
    [UserResolver, new UserResolver()],
    [
      UserAvatarResolver,
      new UserAvatarResolver({
        loadAvatarUrls: async (ids) => {
          linkedAt.push([...ids]);
          return new Map(ids.map((id) => [id, `https://media.example/${id}`]));
        },
      }),
    ],
    [
      VideoStatsResolver,
      new VideoStatsResolver({
        loadCountByUser: async (ids) => {
          countedAt.push([...ids]);
          return new Map([[ana.user.userId, 3]]);
        },
      }),
    ],
  ]);
  schema = await withOwnResolvers(() => {
    Resolver()(EverybodyResolver);
    Query(() => [User])(EverybodyResolver.prototype, "everybody", {});
    return buildSchema({
      resolvers: [EverybodyResolver, AccountsResolver, UserResolver, UserAvatarResolver, VideoStatsResolver],
      container: { get: (cls) => instances.get(cls) },
      validate: false,
    });
  });
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

async function run(source: string, who: Session | null, variableValues?: Record<string, unknown>) {
  const viewer: Viewer | null = who && (await server.authenticate(who.accessToken));
  const contextValue: RequestContext = {
    viewer,
    language: "en",
    address: "192.0.2.9",
    isFromThisMachine: () => false,
    loaders: new Loaders(),
  };
  return graphql({ schema, source, contextValue, variableValues });
}

describe("me", () => {
  test("returns the user's own phone, masked", async () => {
    const { data } = await run(
      "{ me { id nickname bio phone avatarUrl stats { videosGenerated } createdAt } }",
      ana,
    );
    expect(data?.me).toMatchObject({
      id: ana.user.id,
      bio: "",
      phone: maskPhone(anaPhone),
      avatarUrl: null,
      stats: { videosGenerated: 3 },
    });
    expect(JSON.stringify(data)).not.toContain(anaPhone);
  });

  test("requires authentication", async () => {
    const { errors } = await run("{ me { id } }", null);
    expect(errors?.[0]?.originalError).toMatchObject({ code: "UNAUTHENTICATED" });
  });
});

describe("a list of users", () => {
  test("returns the viewer's phone only, and needs one call for all counts", async () => {
    countedAt.length = 0;
    const { data } = await run("{ everybody { id phone stats { videosGenerated } } }", ana);
    expect(data?.everybody).toEqual(
      expect.arrayContaining([
        { id: ana.user.id, phone: maskPhone(anaPhone), stats: { videosGenerated: 3 } },
        { id: ben.user.id, phone: null, stats: { videosGenerated: 0 } },
      ]),
    );
    expect(countedAt).toHaveLength(1);
    expect(countedAt[0]?.toSorted()).toEqual([ana.user.userId, ben.user.userId].toSorted());
  });
});

describe("the mutations", () => {
  test("request a code, log in, refresh and log out", async () => {
    const phone = somePhone();
    const requested = await run(
      "mutation ($phone: PhoneNumber!) { requestLoginCode(input: {phone: $phone}) { expiresAt retryAt } }",
      null,
      { phone },
    );
    expect(requested.errors).toBeUndefined();
    const fields =
      "accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt isNewUser user { id phone }";
    const login = await run(
      `mutation ($phone: PhoneNumber!, $code: String!) { login(input: {phone: $phone, code: $code}) { ${fields} } }`,
      null,
      { phone, code: server.inbox.sentTo(phone)[0] },
    );
    const session = login.data?.login as Session;
    expect(session).toMatchObject({ isNewUser: true, user: { phone: maskPhone(phone) } });
    const refresh = await run(
      `mutation ($token: String!) { refreshSession(input: {refreshToken: $token}) { ${fields} } }`,
      null,
      { token: session.refreshToken },
    );
    const refreshed = refresh.data?.refreshSession as Session;
    expect(refreshed).toMatchObject({ isNewUser: false, user: { phone: maskPhone(phone) } });
    expect((await run("mutation { logout }", refreshed)).data).toEqual({ logout: true });
    await expect(server.authenticate(refreshed.accessToken)).rejects.toMatchObject({
      code: "UNAUTHENTICATED",
    });
  });
});

describe("updateProfile", () => {
  const change = async (input: object, who = ana) =>
    run(
      "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { nickname bio avatarUrl } } }",
      who,
      { input },
    );

  test("changes the given fields and leaves the others", async () => {
    await change({ nickname: "  安娜 🎬 ", bio: "films" });
    const { data } = await change({ bio: "" });
    expect(data?.updateProfile).toEqual({ user: { nickname: "安娜 🎬", bio: "", avatarUrl: null } });
    expect((await change({})).data?.updateProfile).toMatchObject({ user: { nickname: "安娜 🎬" } });
  });

  test("counts code points: forty emoji are a valid nickname, forty-one are not", async () => {
    expect((await change({ nickname: "🦊".repeat(40) })).errors).toBeUndefined();
    const { errors } = await change({ nickname: "🦊".repeat(41) });
    expect(errors?.[0]?.originalError).toMatchObject({
      code: "BAD_USER_INPUT",
      facts: { field: "nickname" },
    });
  });

  test.each([
    ["an empty nickname", { nickname: "   " }],
    ["a bio of 501 characters", { bio: "x".repeat(501) }],
    ["a NUL, which the database cannot keep", { bio: "a\0b" }],
    ["half a character", { nickname: "a\ud800" }],
  ])("rejects %s", async (_, input) => {
    const { errors } = await change(input);
    expect(errors?.[0]?.originalError).toMatchObject({ code: "BAD_USER_INPUT" });
  });

  test("sets an avatar from the user's own images and removes it with null; other users' images are NOT_FOUND", async () => {
    const avatarMediaId = publicId("media", ownMediaId);
    expect((await change({ avatarMediaId })).data?.updateProfile).toMatchObject({
      user: { avatarUrl: `https://media.example/${ownMediaId}` },
    });
    expect(linkedAt.at(-1)).toEqual([ownMediaId]);
    for (const [who, id] of [
      [ben, avatarMediaId],
      [ana, "media_nonsense"],
      [ana, publicId("task", ownMediaId)],
    ] as const) {
      const { errors } = await change({ avatarMediaId: id }, who);
      expect(errors?.[0]?.originalError).toMatchObject({ code: "NOT_FOUND" });
    }
    expect((await change({ avatarMediaId: null })).data?.updateProfile).toMatchObject({
      user: { avatarUrl: null },
    });
  });
});
