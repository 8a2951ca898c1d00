import { readFileSync } from "node:fs";
import { eq, sql } from "drizzle-orm";
import {
  buildSchema,
  type GraphQLObjectType,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
} from "graphql";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BlockDocument,
  CreateTaskDocument,
  DownloadNoWatermarkDocument,
  FavoriteWorkDocument,
  FollowDocument,
  LikeWorkDocument,
  TipWorkDocument,
  UpdateProfileDocument,
} from "../../src/generated/operations.js";
import { tasks } from "../../src/modules/tasks/tasks.tables.js";
import { originalKey } from "../../src/modules/videos/files/video-keys.js";
import { videos } from "../../src/modules/videos/videos.tables.js";
import { newUuid, uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { upload } from "../support/upload.js";
import { makeRemix, publish, publishRemix, storeWatermarkedFiles } from "../support/works.js";

const schema = buildSchema(readFileSync("schema/schema.graphql", "utf8"));

/** A field that is a list of nodes, and the type that has it. */
interface List {
  owner: GraphQLObjectType;
  field: string;
  node: GraphQLObjectType;
}

const objectTypes = Object.values(schema.getTypeMap()).filter(isObjectType);
const lists: List[] = objectTypes.flatMap((owner) =>
  Object.values(owner.getFields()).flatMap(({ name, type }) => {
    const connection = getNamedType(type);
    if (!isObjectType(connection) || !connection.name.endsWith("Connection")) return [];
    const node = getNamedType(connection.getFields().nodes!.type) as GraphQLObjectType;
    // Others cannot be found by id.
    return node.getInterfaces().length > 0 ? [{ owner, field: name, node }] : [];
  }),
);

/** Each leaf below a node, by the path of fields that leads there: first alone, then through another node. */
function pathsOf(type: GraphQLObjectType, levels = 2): string[][] {
  return Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const inner = getNamedType(field.type);
    if (isInterfaceType(inner)) return [[field.name, "id"]];
    if (!isObjectType(inner)) return [[field.name]];
    if (inner.name.endsWith("Connection")) return [[field.name, "nodes", "id"]];
    return levels > 1 ? pathsOf(inner, levels - 1).map((rest) => [field.name, ...rest]) : [];
  });
}

const selectionOf = (path: readonly string[]): string =>
  path.reduceRight((inner, name) => `${name}${inner && ` { ${inner} }`}`, "");

let product: Product;
let client: Client;
/** An instance of each type that has a list and is no root type. */
let owners: Record<string, string>;
beforeAll(async () => {
  product = await startProduct({ worker: false, settings: { SIGNUP_CREDITS: "1000" } });
  const { db, storage } = product.app;
  client = await product.user();
  const userId = uuidFromPublicId("user", client.userId) as string;
  const { createProject } = await client.request<{ createProject: { project: { id: string } } }, unknown>(
    `mutation { createProject(input: { name: "Cats", description: "on grass" }) { project { id } } }`,
  );
  const projectId = createProject.project.id;
  const picture = await sharp({ create: { width: 32, height: 32, channels: 3, background: "teal" } })
    .png()
    .toBuffer();
  const media = await upload(client, picture);
  const input = { prompt: "a cat", note: "mine", projectId, referenceImageId: media.id };
  // One task of each kind that has fields of its own: failed, on its way, and with a video.
  const ids = [];
  for (let n = 0; n < 3; n++)
    ids.push((await client.request(CreateTaskDocument, { input })).createTask.task.id);
  const [failed, running, done] = ids.map((id) => uuidFromPublicId("task", id) as string);
  const ended = { finishedAt: new Date(), batchId: newUuid() };
  await db
    .update(tasks)
    .set({ status: "FAILURE", failureCode: "TIMEOUT", ...ended })
    .where(eq(tasks.id, failed!));
  const started = { submittedAt: new Date(), startedAt: new Date(Date.now() + 3_600_000) };
  await db
    .update(tasks)
    .set({ status: "IN_PROGRESS", ...started })
    .where(eq(tasks.id, running!));
  const video = await product.seed.video(userId, { projectId, taskId: done! });
  await storage.put(originalKey(video.id), Buffer.from("an mp4"), { contentType: "video/mp4" });
  await client.request(DownloadNoWatermarkDocument, { input: { videoId: video.publicId } });
  await db
    .update(tasks)
    .set({ status: "SUCCESS", progress: 100, ...started, ...ended })
    .where(eq(tasks.id, done!));
  // A recently finished task, for estimates.
  const now = new Date();
  await product.seed.task(userId, { status: "SUCCESS", progress: 100, createdAt: now, finishedAt: now });
  const { wallet } = await client.request<{ wallet: { id: string } }, unknown>("{ wallet { id } }");
  // Of two others, one and the viewer follow each other, and the viewer has blocked the other.
  const [friend, blocked] = [await product.user(), await product.user()];
  for (const other of [client, friend, blocked]) {
    const avatarMediaId = (await upload(other, picture)).id;
    await other.request(UpdateProfileDocument, { input: { avatarMediaId } });
  }
  const mutual = [
    [client, friend],
    [blocked, friend],
  ] as const;
  for (const [one, other] of mutual) {
    await one.request(FollowDocument, { input: { userId: other.userId } });
    await other.request(FollowDocument, { input: { userId: one.userId } });
  }
  await client.request(BlockDocument, { input: { userId: blocked.userId } });
  const source = await publish(product, friend, { promptPriceCredits: 0 });
  await storeWatermarkedFiles(product, video);
  // Of the viewer, a work made from the friend's, which the friend remixes and tips, and a task made from the friend's.
  const of = { videoId: video.publicId, description: "on grass" };
  const work = await publishRemix(product, client, source.id, of);
  await publishRemix(product, friend, (await publishRemix(product, client, work.id)).id);
  await publishRemix(product, friend, work.id);
  await friend.request(TipWorkDocument, { input: { workId: work.id, credits: 10 } });
  await db.execute(sql`update incomes set state = 'RELEASED', ended_at = now()`);
  await makeRemix(product, running!, source.id);
  const aiLabel = { producer: "SkyRiff", contentId: video.publicId, signed: false };
  await db.update(videos).set({ aiLabel });
  await client.request(LikeWorkDocument, { input: { workId: work.id } });
  await client.request(FavoriteWorkDocument, { input: { workId: work.id } });
  owners = { Wallet: wallet.id, Project: projectId, User: client.userId, Work: work.id };
});
afterAll(() => product.close());

type Node = Record<string, unknown>;

async function nodesOf({ owner, field }: List, selection: string): Promise<Node[]> {
  const isRoot = owner === schema.getQueryType();
  const page = `${field}(first: 50) { nodes { ${selection} } edges { node { ${selection} } } }`;
  const document = isRoot
    ? `{ ${page} }`
    : `query ($id: ID!) { node(id: $id) { ... on ${owner.name} { ${page} } } }`;
  const data = await client.request<Record<string, Node>, unknown>(
    document,
    isRoot ? {} : { id: owners[owner.name] },
  );
  const found = ((isRoot ? data : data.node) as Record<string, { nodes: Node[]; edges: { node: Node }[] }>)[
    field
  ]!;
  expect(found.edges.map(({ node }) => node)).toEqual(found.nodes);
  return found.nodes;
}

/** Null in every list of the type, or in one list, whatever is there. */
const nullInLists = new Set([
  "Video.deletedAt",
  "Task.video.deletedAt",
  "Video.task.estimatedFinishAt",
  "User.phone",
  "Income.payer.phone",
  "Work.remixes.author.phone",
  "Query.blockedUsers.works.nodes.id",
  "Work.video.deletedAt",
  ...["Work", "Video.work"].flatMap((path) => [`${path}.removal.reason`, `${path}.removal.removedAt`]),
]);
const isNullIn = (list: List, name: string) =>
  nullInLists.has(`${list.node.name}.${name}`) || nullInLists.has(`${list.owner.name}.${list.field}.${name}`);

describe.each(lists.map((list) => [`${list.owner.name}.${list.field}`, list] as const))(
  "the list %s",
  (_, list) => {
    test.each(pathsOf(list.node).map((path) => [path.join("."), path] as const))(
      "answers %s alone as it answers it by id",
      async (name, path) => {
        const ids = (await nodesOf(list, "id")).map(({ id }) => id as string);
        const selection = selectionOf(path);
        const query = `query ($ids: [ID!]!) { nodes(ids: $ids) { ... on ${list.node.name} { ${selection} } } }`;
        const { nodes } = await client.request<{ nodes: Node[] }, unknown>(query, { ids });
        expect(await nodesOf(list, selection)).toEqual(nodes);
        const values = nodes.map((node) =>
          path.reduce<unknown>((value, key) => [value].flat().map((one) => (one as Node)?.[key])[0], node),
        );
        if (!isNullIn(list, name)) expect(values.filter((value) => value != null)).not.toEqual([]);
      },
    );
  },
);
