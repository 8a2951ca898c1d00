import { readFileSync } from "node:fs";
import { sql } from "drizzle-orm";
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  CreateProjectDocument,
  CreateTasksDocument,
  PublishWorkDocument,
  UnpublishWorkDocument,
} from "../../src/generated/operations.js";
import { publicId } from "../../src/platform/ids/ids.js";
import type { ApiResult, Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import {
  type Input,
  leastVariables,
  nameOf,
  type Place,
  placesIn,
  type RootCall,
  rootCalls,
  variablesWith,
} from "../support/schema-calls.js";
import { ended } from "../support/tasks.js";
import { upload } from "../support/upload.js";

/** The things that one user owns, by their kind. */
interface Possessions {
  client: Client;
  ids: Record<
    "user" | "session" | "wallet" | "entry" | "task" | "batch" | "video" | "project" | "media" | "work",
    string
  >;
  cursor: string;
}

const secretText = "known to the victim alone";
const schema = buildSchema(readFileSync("schema/schema.graphql", "utf8"));
const isId = ({ type }: Input) => getNamedType(type).name === "ID";
const calls = rootCalls(schema);
const idPlaces = calls.flatMap((call) => placesIn(call, isId));

let product: Product;
let victim: Possessions;
let attacker: Possessions;

beforeAll(async () => {
  product = await startProduct();
  [victim, attacker] = await Promise.all([seedPossessions(secretText), seedPossessions("of the attacker")]);
});
afterAll(() => product.close());

/** A user with one of everything. */
async function seedPossessions(text: string): Promise<Possessions> {
  const client = await product.user();
  const picture = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const media = await upload(client, picture);
  const { createProject } = await client.request(CreateProjectDocument, { input: { name: text } });
  const task = { prompt: text, note: text, projectId: createProject.project.id, referenceImageId: media.id };
  const { createTasks } = await client.request(CreateTasksDocument, { input: { tasks: [task] } });
  const taskId = createTasks.tasks[0]?.id as string;
  const { video } = await ended(client, taskId);
  const { publishWork } = await client.request(PublishWorkDocument, {
    input: { videoId: video?.id as string, title: text },
  });
  const work = publishWork.work.id;
  await client.request(UnpublishWorkDocument, { input: { workId: work } });
  const things = await client.request<Things, unknown>(
    "{ me { id } wallet { id entries { nodes { id } pageInfo { endCursor } } } }",
  );
  const [session] = await product.app.db.execute<{ id: string }>(
    sql`select s.id from sessions s where s.user_id = ${bareUserId(client)}`,
  );
  return {
    client,
    cursor: things.wallet.entries.pageInfo.endCursor,
    ids: {
      user: things.me.id,
      session: publicId("session", session?.id as string),
      wallet: things.wallet.id,
      entry: things.wallet.entries.nodes[0]?.id as string,
      task: taskId,
      batch: createTasks.batchId,
      video: video?.id as string,
      project: createProject.project.id,
      media: media.id,
      work,
    },
  };
}

interface Things {
  me: { id: string };
  wallet: { id: string; entries: { nodes: { id: string }[]; pageInfo: { endCursor: string } } };
}

function bareUserId({ token }: Client): string {
  const payload = Buffer.from(String(token).split(".")[1] as string, "base64url").toString();
  return (JSON.parse(payload) as { sub: string }).sub;
}

/** The caller's own things, for arguments beside the one in question. */
const kindByName: Record<string, keyof Possessions["ids"]> = {
  taskId: "task",
  videoId: "video",
  videoIds: "video",
  projectId: "project",
  batchId: "batch",
  avatarMediaId: "media",
  referenceImageId: "media",
  userId: "user",
  workId: "work",
  workIds: "work",
  subjectId: "user",
};

function ownValue(owner: Possessions): (input: Input) => unknown {
  return (input) => {
    const type = getNamedType(input.type).name;
    if (type === "ID") {
      const kind = kindByName[input.name];
      if (!kind) throw new Error(`which kind of id is ${input.name}? Add it to kindByName.`);
      return owner.ids[kind];
    }
    if (type === "String") return "something";
    if (type === "Boolean") return false;
    if (type === "Int") return input.name === "credits" ? 10 : 1;
    if (type === "FeedKind") return "DISCOVER";
    if (type === "RankingPeriod") return "ALL";
    if (type === "ReportReason") return "SPAM";
    if (type === "PhoneNumber") return "+8613800000001";
    throw new Error(`a ${type} must be given to ${input.name}: say here which.`);
  };
}

/** The first answer to a query, a mutation or a subscription. */
async function execute(
  client: Client,
  call: RootCall,
  variables: Record<string, unknown>,
): Promise<ApiResult<unknown>> {
  if (call.operation !== "subscription") return client.execute(call.document, variables);
  try {
    const { value } = await client.subscribe(call.document, variables).next();
    return value as ApiResult<unknown>;
  } catch (errors) {
    return { data: null, errors: errors as never };
  } finally {
    await client.disconnect();
  }
}

/** All that is stored, except what machines keep of themselves. */
async function everyRow(): Promise<Record<string, unknown>> {
  const { db } = product.app;
  const tables = await db.execute<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public'
      and table_name not in ('shared_counts', 'vendor_health') order by 1`,
  );
  expect(tables.length).toBeGreaterThan(10);
  const rows: Record<string, unknown> = {};
  for (const { name } of tables) {
    const found = await db.execute(
      sql`select to_jsonb(t) as row from ${sql.identifier(name)} t order by t::text`,
    );
    rows[name] = found.map(({ row }) => row);
  }
  return rows;
}

/** The victim's ids and words that the answer reveals. */
function leakIn(answer: ApiResult<unknown>, ids: object = victim.ids): string | undefined {
  const text = JSON.stringify(answer);
  return [...Object.values(ids), secretText].find((secret) => text.includes(secret));
}

/** Fields that find users, and mutations whose subject is another user. */
const userFields = [
  "node",
  "nodes",
  "user",
  "followUser",
  "unfollowUser",
  "blockUser",
  "unblockUser",
  "report",
];
const takesUsers = ({ call }: Place) => userFields.includes(call.field.name);

/** Works that the viewer may not see are left out without an error. */
const passesOver = ({ call }: Place) => call.field.name === "viewWorks";

const code = ({ errors }: ApiResult<unknown>) => errors?.[0]?.extensions.code;

test("every field that takes an id is found, and none takes one below the roots", () => {
  expect(idPlaces.map(nameOf).length).toBeGreaterThanOrEqual(20);
  const roots = new Set(["Query", "Mutation", "Subscription"]);
  const below = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !roots.has(type.name))
    .flatMap((type) => (isObjectType(type) ? Object.values(type.getFields()) : []))
    .filter(({ args }) => args.some((arg) => isId(arg) || isRequiredArgument(arg)));
  // One that comes up needs a test like the one below.
  expect(below.map(({ name }) => name)).toEqual([]);
});

test("another user's ids return nothing, reveal nothing and change nothing, in any argument", async () => {
  const before = await everyRow();
  const wrong: unknown[] = [];
  for (const place of idPlaces) {
    for (const [kind, id] of Object.entries(victim.ids)) {
      if (kind === "user" && takesUsers(place)) continue;
      const answer = await execute(attacker.client, place.call, variablesWith(place, id, ownValue(attacker)));
      const isNull = !answer.errors && isEmpty(Object.values(answer.data as object)[0]);
      const isRefused =
        code(answer) === "NOT_FOUND" ||
        (passesOver(place) && JSON.stringify(answer.data).includes('"works":[]'));
      const isFine = place.call.operation === "query" ? isNull || isRefused : isRefused;
      if (!isFine || leakIn(answer)) wrong.push({ place: nameOf(place), kind, answer });
    }
  }
  expect(wrong).toEqual([]);
  expect(await everyRow()).toEqual(before);
});

test("another user's id shows what is public of the user and nothing else", async () => {
  const { user, ...others } = victim.ids;
  for (const place of idPlaces.filter((each) => takesUsers(each) && each.call.operation === "query")) {
    const answer = await execute(attacker.client, place.call, variablesWith(place, user, ownValue(attacker)));
    expect(JSON.stringify(answer.data), nameOf(place)).toContain(user);
    expect(leakIn(answer, others), nameOf(place)).toBeUndefined();
  }
});

test("another user's ids return nothing among the caller's own, and nothing is done partly", async () => {
  const before = await everyRow();
  const lists = idPlaces.filter(({ input }) => isListType(getNullableType(input.type)));
  expect(lists.map(nameOf)).toEqual([
    "query nodes(ids)",
    "mutation moveVideos(input.videoIds)",
    "mutation viewWorks(input.workIds)",
  ]);
  for (const place of lists.filter((each) => !passesOver(each))) {
    const ids = [attacker.ids.video, victim.ids.video];
    const answer = await execute(attacker.client, place.call, variablesWith(place, ids, ownValue(attacker)));
    if (place.call.operation === "mutation") expect(code(answer)).toBe("NOT_FOUND");
    expect(leakIn(answer)).toBeUndefined();
  }
  expect(await everyRow()).toEqual(before);
});

/** Null, a list of nulls, or a connection without a node. */
function isEmpty(value: unknown): boolean {
  if (value === null) return true;
  if (Array.isArray(value)) return value.every((item) => item === null);
  return (value as { nodes?: unknown[] }).nodes?.length === 0;
}

test("another user's cursor returns nothing of theirs", async () => {
  const places = calls.flatMap((call) => placesIn(call, ({ name }) => name === "after"));
  expect(places.length).toBeGreaterThan(2);
  for (const place of places) {
    const answer = await execute(
      attacker.client,
      place.call,
      variablesWith(place, victim.cursor, ownValue(attacker)),
    );
    expect(leakIn(answer), nameOf(place)).toBeUndefined();
    expect(code(answer)).not.toBe("INTERNAL_SERVER_ERROR");
  }
});

test("without a token only public fields are answered", async () => {
  const publicFields = [
    ...[
      "downloadTerms",
      "models",
      "pricing",
      "user",
      "viewer",
      "requestLoginCode",
      "login",
      "refreshSession",
    ],
    ...["feed", "creatorRanking", "work", "workChanged"],
  ];
  const stranger = product.client();
  const open: string[] = [];
  for (const call of calls) {
    // Its file comes in a form of its own; tests of uploads do the same.
    if (call.field.name === "uploadMedia") continue;
    const answer = await execute(
      stranger,
      call,
      leastVariables(call, (input) => (isId(input) ? victim.ids.task : ownValue(victim)(input))),
    );
    if (code(answer) !== "UNAUTHENTICATED") open.push(call.field.name);
    expect(leakIn(answer)).toBeUndefined();
  }
  expect(open.sort()).toEqual(publicFields.filter((name) => name !== "refreshSession").sort());
});

/** The viewer's own work is found, and then refused. */
const isOwnTip = ({ errors }: ApiResult<unknown>) =>
  errors?.[0]?.message === "You cannot tip yourself." && errors[0].extensions.field === "workId";

/** Last, since it uses things up: shows that the refusals above were for the id and for nothing else. */
test("the same calls with the caller's own ids are answered", async () => {
  const destroying = (place: Place) => (/^(delete|block)/.test(place.call.field.name) ? 1 : 0);
  const unanswered: unknown[] = [];
  for (const place of [...idPlaces].sort((a, b) => destroying(a) - destroying(b))) {
    const answers: ApiResult<unknown>[] = [];
    // A mutation of a user needs another user than the caller.
    for (const id of [...Object.values(victim.ids), attacker.ids.user])
      answers.push(await execute(victim.client, place.call, variablesWith(place, id, ownValue(victim))));
    const isAnswered = answers.some((answer) =>
      answer.errors
        ? code(answer) === "CONFLICT" || isOwnTip(answer)
        : !isEmpty(Object.values(answer.data as object)[0]),
    );
    if (!isAnswered) unanswered.push({ place: nameOf(place), answers });
  }
  expect(unanswered).toEqual([]);
});
