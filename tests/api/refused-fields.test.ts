import { readFileSync } from "node:fs";
import { buildSchema, getNamedType, isEnumType, isInputObjectType } from "graphql";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newUuid, publicId } from "../../src/platform/ids/ids.js";
import type { ApiError, Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import {
  type Input,
  nameOf,
  type Place,
  placesIn,
  type RootCall,
  rootCalls,
  variablesWith,
} from "../support/schema-calls.js";
import { upload } from "../support/upload.js";
import { publish } from "../support/works.js";

const schema = buildSchema(readFileSync("schema/schema.graphql", "utf8"));
const calls = rootCalls(schema);
const places = calls.flatMap((call) => placesIn(call, () => true));

let product: Product;
let ana: Client;
const mine = { project: "", failedTask: "", unfinishedTask: "", video: "", media: "", work: "" };

beforeAll(async () => {
  product = await startProduct({ worker: false });
  ana = await product.user();
  const { seed } = product;
  const failure = { status: "FAILURE" as const, failureCode: "TIMEOUT", finishedAt: new Date() };
  const failed = await seed.task(ana.userId, failure);
  const unfinished = await seed.task(ana.userId);
  const video = await seed.video(ana.userId);
  const { createProject } = await ana.request<{ createProject: { project: { id: string } } }, unknown>(
    'mutation { createProject(input: { name: "mine" }) { project { id } } }',
  );
  const picture = sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } });
  Object.assign(mine, {
    project: createProject.project.id,
    failedTask: publicId("task", failed),
    unfinishedTask: publicId("task", unfinished),
    video: video.publicId,
    media: (await upload(ana, await picture.png().toBuffer())).id,
    work: (await publish(product, ana)).id,
  });
});
afterAll(() => product.close());

async function refusalOf(document: string, variables: Record<string, unknown>): Promise<ApiError> {
  if (!document.startsWith("subscription")) {
    const { errors } = await ana.execute(document, variables);
    return errors?.[0] as ApiError;
  }
  try {
    const { value } = await ana.subscribe(document, variables).next();
    return (value as { errors: ApiError[] }).errors[0] as ApiError;
  } catch (errors) {
    return (errors as ApiError[])[0] as ApiError;
  } finally {
    await ana.disconnect();
  }
}

/** The other values that must be there. */
function fitting({ name, type }: Input): unknown {
  const own: Record<string, unknown> = {
    taskId: mine.failedTask,
    projectId: mine.project,
    videoId: mine.video,
    videoIds: [mine.video],
    phone: "+8613800138000",
    code: "000000",
    workId: mine.work,
    size: "SMALL",
    kind: "DISCOVER",
    period: "ALL",
    reason: "SPAM",
    ids: [],
    id: mine.video,
  };
  const named = getNamedType(type).name;
  return own[name] ?? (named === "Boolean" ? false : named === "Int" ? 10 : named === "Upload" ? null : "x");
}

/** Beside the file, which only a form has, and whose absence is named first. */
const besideFile = new Set(["mutation uploadMedia(input.isAiGenerated)"]);
const typedPlaces = places.filter((place) => !besideFile.has(nameOf(place)));

describe("a value of the wrong type names its argument, over HTTP and over a WebSocket", () => {
  test.each(typedPlaces.map((place) => [nameOf(place), place] as const))("%s", async (_, place) => {
    // No scalar, enum, list or input object of the schema takes this.
    const variables = variablesWith(place, { no: ["such"] }, fitting);
    const refusal = await refusalOf(place.call.document, variables);
    const field = String(refusal.extensions.field);
    expect(refusal.extensions.code).toBe("BAD_USER_INPUT");
    const inner = isInputObjectType(getNamedType(place.input.type));
    // An input object is refused for the field that it lacks or should not have.
    if (!inner)
      expect(
        field
          .split(".")
          .filter((key) => !/^\d+$/.test(key))
          .at(-1),
      ).toBe(place.path.at(-1));
    else expect(field).toMatch(/^\w/);
  });
});

const longText = (length: number) => "x".repeat(length + 1);
const nobodys = (prefix: "project" | "media" | "video" | "task" | "user" | "work") =>
  publicId(prefix, newUuid());

/** The place in the API, what is sent there, and the code of its refusal. */
const refusals: [place: string, value: () => unknown, code: string, field?: string][] = [
  ["mutation createTask(input.prompt)", () => " ", "BAD_USER_INPUT"],
  ["mutation createTask(input.prompt)", () => longText(1000), "BAD_USER_INPUT"],
  ["mutation createTask(input.prompt)", () => "\u200b", "BAD_USER_INPUT"],
  ["mutation createTask(input.durationSec)", () => 11, "BAD_USER_INPUT"],
  ["mutation createTask(input.model)", () => "sora9", "BAD_USER_INPUT"],
  ["mutation createTask(input.maxCostCredits)", () => 1, "CONFLICT"],
  ["mutation createTask(input.projectId)", () => nobodys("project"), "NOT_FOUND"],
  ["mutation createTask(input.projectId)", () => "project_x", "NOT_FOUND"],
  ["mutation createTask(input.referenceImageId)", () => nobodys("media"), "NOT_FOUND"],
  ["mutation createTask(input.referenceImageId)", () => mine.video, "NOT_FOUND"],
  ["mutation createTask(input.note)", () => longText(500), "BAD_USER_INPUT"],
  ["mutation createTask(input.idempotencyKey)", () => longText(64), "BAD_USER_INPUT"],
  ["mutation tipWork(input.workId)", () => nobodys("work"), "NOT_FOUND"],
  ["mutation tipWork(input.workId)", () => mine.work, "BAD_USER_INPUT"],
  ["mutation tipWork(input.credits)", () => 11, "BAD_USER_INPUT"],
  ["mutation tipWork(input.idempotencyKey)", () => longText(64), "BAD_USER_INPUT"],
  ["mutation unlockPrompt(input.workId)", () => nobodys("work"), "NOT_FOUND"],
  ["mutation unlockPrompt(input.idempotencyKey)", () => longText(64), "BAD_USER_INPUT"],
  ["mutation remixWork(input.workId)", () => nobodys("work"), "NOT_FOUND"],
  ["mutation remixWork(input.prompt)", () => longText(1000), "BAD_USER_INPUT"],
  ["mutation remixWork(input.durationSec)", () => 11, "BAD_USER_INPUT"],
  ["mutation remixWork(input.model)", () => "sora9", "BAD_USER_INPUT"],
  ["mutation remixWork(input.maxCostCredits)", () => 1, "CONFLICT"],
  ["mutation remixWork(input.projectId)", () => nobodys("project"), "NOT_FOUND"],
  ["mutation remixWork(input.referenceImageId)", () => nobodys("media"), "NOT_FOUND"],
  ["mutation remixWork(input.note)", () => longText(500), "BAD_USER_INPUT"],
  ["mutation remixWork(input.idempotencyKey)", () => longText(64), "BAD_USER_INPUT"],
  ["query unlockedPrompts(first)", () => 0, "BAD_USER_INPUT"],
  ["query unlockedPrompts(after)", () => "x", "BAD_USER_INPUT"],
  ["mutation createTasks(input.tasks)", () => [], "BAD_USER_INPUT"],
  ["mutation createTasks(input.tasks.prompt)", () => " ", "BAD_USER_INPUT", "tasks.0.prompt"],
  ["mutation createTasks(input.tasks.durationSec)", () => 11, "BAD_USER_INPUT", "tasks.0.durationSec"],
  ["mutation createTasks(input.tasks.model)", () => "sora9", "BAD_USER_INPUT", "tasks.0.model"],
  ["mutation createTasks(input.tasks.maxCostCredits)", () => 1, "CONFLICT", "tasks.0.maxCostCredits"],
  ["mutation createTasks(input.tasks.projectId)", () => nobodys("project"), "NOT_FOUND", "tasks.0.projectId"],
  [
    "mutation createTasks(input.tasks.referenceImageId)",
    () => "media_x",
    "NOT_FOUND",
    "tasks.0.referenceImageId",
  ],
  ["mutation createTasks(input.tasks.note)", () => longText(500), "BAD_USER_INPUT", "tasks.0.note"],
  [
    "mutation createTasks(input.tasks.idempotencyKey)",
    () => "key",
    "BAD_USER_INPUT",
    "tasks.0.idempotencyKey",
  ],
  ["mutation createTasks(input.idempotencyKey)", () => "", "BAD_USER_INPUT"],
  ["mutation cancelTask(input.taskId)", () => nobodys("task"), "NOT_FOUND"],
  ["mutation cancelTask(input.taskId)", () => mine.failedTask, "CONFLICT"],
  ["mutation retryTask(input.taskId)", () => nobodys("task"), "NOT_FOUND"],
  ["mutation retryTask(input.taskId)", () => mine.unfinishedTask, "CONFLICT"],
  ["mutation retryTask(input.idempotencyKey)", () => longText(64), "BAD_USER_INPUT"],
  ["mutation downloadNoWatermark(input.videoId)", () => nobodys("video"), "NOT_FOUND"],
  ["mutation downloadNoWatermark(input.videoId)", () => mine.video, "NOT_FOUND"],
  ["mutation moveVideos(input.videoIds)", () => [], "BAD_USER_INPUT"],
  ["mutation moveVideos(input.videoIds)", () => [nobodys("video")], "NOT_FOUND"],
  ["mutation moveVideos(input.videoIds)", () => ["x"], "NOT_FOUND"],
  ["mutation moveVideos(input.projectId)", () => nobodys("project"), "NOT_FOUND"],
  ["mutation deleteVideo(input.videoId)", () => nobodys("video"), "NOT_FOUND"],
  ["mutation createProject(input.name)", () => "", "BAD_USER_INPUT"],
  ["mutation createProject(input.description)", () => longText(1000), "BAD_USER_INPUT"],
  ["mutation updateProject(input.projectId)", () => nobodys("project"), "NOT_FOUND"],
  ["mutation updateProject(input.name)", () => longText(100), "BAD_USER_INPUT"],
  ["mutation updateProject(input.description)", () => "\u2060", "BAD_USER_INPUT"],
  ["mutation deleteProject(input.projectId)", () => nobodys("project"), "NOT_FOUND"],
  ["mutation updateProfile(input.nickname)", () => "\u3164", "BAD_USER_INPUT"],
  ["mutation updateProfile(input.bio)", () => longText(500), "BAD_USER_INPUT"],
  ["mutation updateProfile(input.avatarMediaId)", () => nobodys("media"), "NOT_FOUND"],
  ["mutation requestLoginCode(input.phone)", () => "+15555555555", "BAD_USER_INPUT"],
  ["mutation login(input.phone)", () => "13800138000", "BAD_USER_INPUT"],
  ["mutation login(input.code)", () => "999999", "INVALID_LOGIN_CODE"],
  ["mutation refreshSession(input.refreshToken)", () => "x", "UNAUTHENTICATED"],
  ["mutation followUser(input.userId)", () => nobodys("user"), "NOT_FOUND"],
  ["mutation followUser(input.userId)", () => ana.userId, "BAD_USER_INPUT"],
  ["mutation unfollowUser(input.userId)", () => nobodys("user"), "NOT_FOUND"],
  ["mutation blockUser(input.userId)", () => "user_x", "NOT_FOUND"],
  ["mutation blockUser(input.userId)", () => ana.userId, "BAD_USER_INPUT"],
  ["mutation unblockUser(input.userId)", () => nobodys("user"), "NOT_FOUND"],
  ["query blockedUsers(first)", () => 0, "BAD_USER_INPUT"],
  ["query blockedUsers(after)", () => "x", "BAD_USER_INPUT"],
  ["mutation publishWork(input.videoId)", () => nobodys("video"), "NOT_FOUND"],
  ["mutation publishWork(input.title)", () => " ", "BAD_USER_INPUT"],
  ["mutation publishWork(input.description)", () => longText(2000), "BAD_USER_INPUT"],
  ["mutation publishWork(input.promptPriceCredits)", () => 101, "BAD_USER_INPUT"],
  ["mutation publishWork(input.remixFeeCredits)", () => -1, "BAD_USER_INPUT"],
  ["mutation updateWork(input.workId)", () => nobodys("work"), "NOT_FOUND"],
  ["mutation updateWork(input.title)", () => longText(200), "BAD_USER_INPUT"],
  ["mutation updateWork(input.description)", () => longText(2000), "BAD_USER_INPUT"],
  ["mutation updateWork(input.promptPriceCredits)", () => -1, "BAD_USER_INPUT"],
  ["mutation updateWork(input.remixFeeCredits)", () => 101, "BAD_USER_INPUT"],
  ["mutation unpublishWork(input.workId)", () => nobodys("work"), "NOT_FOUND"],
  ["mutation likeWork(input.workId)", () => nobodys("work"), "NOT_FOUND"],
  ["mutation unlikeWork(input.workId)", () => "work_x", "NOT_FOUND"],
  ["mutation favoriteWork(input.workId)", () => nobodys("work"), "NOT_FOUND"],
  ["mutation unfavoriteWork(input.workId)", () => mine.video, "NOT_FOUND"],
  ["mutation shareWork(input.workId)", () => nobodys("work"), "NOT_FOUND"],
  ["mutation viewWorks(input.workIds)", () => [], "BAD_USER_INPUT"],
  ["mutation viewWorks(input.workIds)", () => Array(51).fill(mine.work), "BAD_USER_INPUT"],
  ["mutation report(input.subjectId)", () => nobodys("work"), "NOT_FOUND"],
  ["mutation report(input.subjectId)", () => mine.work, "BAD_USER_INPUT"],
  ["mutation report(input.note)", () => longText(1000), "BAD_USER_INPUT"],
  ["subscription workChanged(workId)", () => nobodys("work"), "NOT_FOUND"],
  ["query creatorRanking(first)", () => 101, "BAD_USER_INPUT"],
  ...["feed", "favorites", "likedWorks", "myWorks", "unlockedPrompts"].flatMap((name): typeof refusals => [
    [`query ${name}(first)`, () => 101, "BAD_USER_INPUT"],
    [`query ${name}(after)`, () => "x", "BAD_USER_INPUT"],
  ]),
  ["query tasks(first)", () => 0, "BAD_USER_INPUT"],
  ["query tasks(after)", () => "x", "BAD_USER_INPUT"],
  ["query videos(first)", () => 101, "BAD_USER_INPUT"],
  ["query videos(after)", () => "x", "BAD_USER_INPUT"],
  ["query projects(first)", () => -1, "BAD_USER_INPUT"],
  ["query projects(after)", () => "", "BAD_USER_INPUT"],
  ["query nodes(ids)", () => Array(101).fill("x"), "BAD_USER_INPUT"],
  ["subscription taskStatus(taskId)", () => nobodys("task"), "NOT_FOUND"],
];

/** Ids that find nothing: null or an empty list, which is no refusal. Files have a test of their own. */
const neverRefused = new Set([
  "query task(id)",
  "query video(id)",
  "query project(id)",
  "query media(id)",
  "query node(id)",
  "query user(id)",
  "query work(id)",
  "query videos(projectId)",
  "query tasks(filter.projectId)",
  "query tasks(filter.batchId)",
  "mutation downloadNoWatermark(input.idempotencyKey)",
  // The prompt of the viewer's own work costs nothing; tests of payments check the field.
  "mutation unlockPrompt(input.maxCostCredits)",
  // A server without terms accepts any; tests of terms check the field.
  "mutation downloadNoWatermark(input.acceptTerms)",
  "mutation uploadMedia(input.file)",
]);

describe("a value that our own rules reject names its argument", () => {
  test.each(refusals)("%s, case %#", async (name, value, code, field) => {
    const place = places.find((each) => nameOf(each) === name) as Place;
    const refusal = await refusalOf(place.call.document, variablesWith(place, value(), fitting));
    const expected = { code, field: field ?? place.path.at(-1) };
    expect(refusal.extensions).toMatchObject(expected);
  });

  test("every argument whose value can be rejected is covered", () => {
    const tried = new Set(refusals.map(([name]) => name));
    const leaf = ({ type }: Input) => {
      const named = getNamedType(type);
      return !isInputObjectType(named) && !isEnumType(named) && named.name !== "Boolean";
    };
    const untried = calls.flatMap((call) => placesIn(call, leaf)).map(nameOf);
    expect(untried.filter((name) => !tried.has(name) && !neverRefused.has(name))).toEqual([]);
  });

  test("a key that was used for other input, in each mutation that takes one", async () => {
    const create = callOf("createTask");
    const input = (prompt: string) => ({ input: { prompt, idempotencyKey: "once" } });
    await ana.request(create.document, input("one"));
    const refusal = await refusalOf(create.document, input("another"));
    expect(refusal.extensions).toEqual({ code: "IDEMPOTENCY_KEY_REUSED", field: "idempotencyKey" });
  });

  test("the third task of a batch is named by its index", async () => {
    const tasks = [{ prompt: "a" }, { prompt: "b" }, { prompt: "c", projectId: "project_x" }];
    const { extensions } = await refusalOf(callOf("createTasks").document, { input: { tasks } });
    expect(extensions).toEqual({ code: "NOT_FOUND", field: "tasks.2.projectId" });
  });

  test("hd and ratio, which graphql accepts but the catalog does not", async () => {
    const { document } = callOf("createTask");
    const { extensions } = await refusalOf(document, { input: { prompt: "x", hd: true } });
    expect(extensions).toEqual({ code: "BAD_USER_INPUT", field: "hd" });
  });

  test.each([
    ["no image", Buffer.from("plain text"), "UNSUPPORTED_MEDIA_TYPE"],
    ["a broken image", Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70, 0, 1]), "BAD_USER_INPUT"],
    ["11 MiB", Buffer.alloc(11 << 20, "x"), "PAYLOAD_TOO_LARGE"],
  ])("a file: %s", async (_, bytes, code) => {
    const form = new FormData();
    const query = "mutation ($input: UploadMediaInput!) { uploadMedia(input: $input) { media { id } } }";
    form.set("operations", JSON.stringify({ query, variables: { input: { file: null } } }));
    form.set("map", JSON.stringify({ 0: ["variables.input.file"] }));
    form.set("0", new Blob([bytes]), "picture.png");
    const headers = { authorization: `Bearer ${ana.token}`, "apollo-require-preflight": "true" };
    const response = await fetch(`${product.url}/graphql`, { method: "POST", headers, body: form });
    const { errors } = (await response.json()) as { errors: ApiError[] };
    expect(errors[0]?.extensions).toMatchObject({ code, field: "file" });
  });
});

describe("a literal in the document names its argument, too", () => {
  test.each([
    ['mutation { requestLoginCode(input: { phone: "123" }) { expiresAt } }', "phone"],
    ["mutation { createTask(input: { prompt: 1 }) { task { id } } }", "prompt"],
    ["mutation { createTask(input: {}) { task { id } } }", "prompt"],
    ["mutation { moveVideos(input: { videoIds: [{}] }) { videos { id } } }", "videoIds"],
    ["{ tasks(filter: { status: [DONE] }) { nodes { id } } }", "status"],
    ['{ tasks(first: "x") { nodes { id } } }', "first"],
  ])("%s", async (document, field) => {
    expect((await refusalOf(document, {})).extensions).toEqual({ code: "GRAPHQL_VALIDATION_FAILED", field });
  });

  test.each([
    ["mutation ($p: PhoneNumber!) { requestLoginCode(input: { phone: $p }) { expiresAt } }", { p: "1" }],
    ["mutation ($p: PhoneNumber!) { requestLoginCode(input: { phone: $p }) { expiresAt } }", {}],
    ["mutation ($p: PhoneNumber!) { requestLoginCode(input: { phone: $p }) { expiresAt } }", { p: null }],
  ])("a variable is named by the argument that uses it: %s %j", async (document, variables) => {
    expect((await refusalOf(document, variables)).extensions).toEqual({
      code: "BAD_USER_INPUT",
      field: "phone",
    });
  });
});

function callOf(name: string): RootCall {
  return calls.find(({ field }) => field.name === name) as RootCall;
}
