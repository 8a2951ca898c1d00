import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CreateProjectDocument,
  CreateTasksDocument,
  DeleteProjectDocument,
  DeleteVideoDocument,
  DownloadNoWatermarkDocument,
  TasksDocument,
} from "../../src/generated/operations.js";
import { originalKey } from "../../src/modules/videos/files/video-keys.js";
import { uuidFromPublicId } from "../../src/platform/ids/ids.js";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { statementsOf } from "../support/statements.js";
import { create } from "../support/tasks.js";
import { upload } from "../support/upload.js";

let product: Product;
let ana: Customer;
beforeAll(async () => {
  // Without a worker tasks stay unchanged, and no other process queries the database.
  const settings = { MAX_CONCURRENT_TASKS: "1000", MAX_TASKS_PER_DAY: "1000", SIGNUP_CREDITS: "100000" };
  product = await startProduct({ worker: false, settings });
  ana = await newCustomer();
});
afterAll(() => product.close());

interface Customer {
  client: Client;
  uuid: string;
  /** The one that their videos are in; neither the newest nor the oldest. */
  projectId: string;
  mediaId: string;
}

/** A user with fifty projects, open tasks, videos and downloads, created in sequence. */
async function newCustomer(): Promise<Customer> {
  const client = await product.user();
  const customer = { client, uuid: uuidFromPublicId("user", client.userId)!, projectId: "", mediaId: "" };
  const color = { width: 32, height: 32, channels: 3 as const, background: "teal" };
  customer.mediaId = (await upload(client, await sharp({ create: color }).png().toBuffer())).id;
  for (let n = 0; n < 50; n++) {
    const projectId = await insertProject(customer);
    if (n === 25) customer.projectId = projectId;
    if (n === 49) await insertVideo(customer, projectId);
  }
  for (let n = 0; n < 50; n++) {
    const { projectId, mediaId } = customer;
    await create(client, { prompt: `task ${n}`, ...(n % 2 ? { projectId } : { referenceImageId: mediaId }) });
    // Three of each moment.
    const createdAt = new Date(Date.UTC(2026, 4, 1, 0, 0, Math.floor(n / 3)));
    const videoId = await insertVideo(customer, projectId, createdAt);
    await client.request(DownloadNoWatermarkDocument, { input: { videoId } });
  }
  return customer;
}

async function insertProject({ client }: Customer): Promise<string> {
  const { createProject } = await client.request(CreateProjectDocument, { input: { name: "Cats" } });
  return createProject.project.id;
}

async function insertVideo({ uuid }: Customer, projectId: string | null, createdAt?: Date): Promise<string> {
  const video = await product.seed.video(uuid, { projectId, ...(createdAt && { createdAt }) });
  await product.app.storage.put(originalKey(video.id), Buffer.from("an mp4"), { contentType: "video/mp4" });
  return video.publicId;
}

const deleteVideo = ({ client }: Customer, videoId: string) =>
  client.execute(DeleteVideoDocument, { input: { videoId } });

interface Args {
  first: number;
  after: string | null;
}

interface Page {
  edges: { cursor: string; node: { id: string } }[];
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string };
}

interface List {
  /** The field with `first: $first, after: $after`, to be completed with a selection. */
  field: string;
  pageOf(data: never): Page;
  insert(who: Customer): Promise<unknown>;
  remove?(who: Customer, id: string): Promise<unknown>;
}

const pageArgs = "first: $first, after: $after";
const lists: Record<string, List> = {
  tasks: {
    field: `tasks(${pageArgs})`,
    pageOf: (data: { tasks: Page }) => data.tasks,
    insert: ({ client }) => create(client),
  },
  videos: {
    field: `videos(${pageArgs})`,
    pageOf: (data: { videos: Page }) => data.videos,
    insert: (who) => insertVideo(who, null),
    remove: deleteVideo,
  },
  projects: {
    field: `projects(${pageArgs})`,
    pageOf: (data: { projects: Page }) => data.projects,
    insert: insertProject,
    remove: ({ client }, projectId) => client.execute(DeleteProjectDocument, { input: { projectId } }),
  },
  "project.videos": {
    field: `project(id: $projectId) { videos(${pageArgs})`,
    pageOf: (data: { project: { videos: Page } }) => data.project.videos,
    insert: (who) => insertVideo(who, who.projectId),
    remove: deleteVideo,
  },
  "wallet.entries": {
    field: `wallet { entries(${pageArgs})`,
    pageOf: (data: { wallet: { entries: Page } }) => data.wallet.entries,
    insert: ({ client }) => create(client),
  },
};
const names = Object.keys(lists);

/** The list with this selection for each of its items. */
function documentOf({ field }: List, selection = "id"): string {
  const project = field.includes("$projectId") ? ", $projectId: ID!" : "";
  const page = `{ nodes { ${selection} } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`;
  const closing = "}".repeat(field.split("{").length - 1);
  return `query ($first: Int, $after: String${project}) { ${field} ${page} ${closing} }`;
}

async function pageOf(who: Customer, name: string, args: Partial<Args>): Promise<Page> {
  const list = lists[name]!;
  const { client, projectId } = who;
  return list.pageOf((await client.request(documentOf(list), { ...args, projectId })) as never);
}

describe.each(names)("the list %s", (name) => {
  const list = lists[name]!;

  test("is walked through with every item seen exactly once, while others come and go", async () => {
    const there = (await pageOf(ana, name, { first: 100 })).nodes.map(({ id }) => id);
    const removed = new Set<string>();
    const removeOne = async (id: string | undefined) => {
      if (!list.remove || !id) return;
      removed.add(id);
      await list.remove(ana, id);
    };
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const unseen = there.filter((id) => !seen.includes(id) && !removed.has(id));
      const [page]: [Page, ...unknown[]] = await Promise.all([
        pageOf(ana, name, { first: 7, after }),
        list.insert(ana),
        removeOne(seen.find((id) => !removed.has(id))),
        removeOne(unseen.length > 20 ? unseen.at(-1) : undefined),
      ]);
      expect(page.edges.map(({ node }) => node)).toEqual(page.nodes);
      expect(page.pageInfo).toMatchObject({
        hasPreviousPage: after !== null,
        startCursor: page.edges[0]?.cursor,
        endCursor: page.edges.at(-1)?.cursor,
      });
      seen.push(...page.nodes.map(({ id }) => id));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    const lasting = (id: string) => there.includes(id) && !removed.has(id);
    expect(seen.filter(lasting)).toEqual(there.slice(0, 100).filter(lasting));
    if (list.remove) expect(removed.size).toBeGreaterThan(2);
  });

  test("has 20 items on a page by default, and 1 to 100 on request", async () => {
    expect((await pageOf(ana, name, {})).nodes).toHaveLength(20);
    expect((await pageOf(ana, name, { first: 1 })).nodes).toHaveLength(1);
    for (const first of [0, 101, -1]) {
      expect(await ana.client.errorCode(documentOf(list), { first, projectId: ana.projectId })).toBe(
        "BAD_USER_INPUT",
      );
    }
  });

  test("takes no cursor but its own: anything else is BAD_USER_INPUT", async () => {
    const id = uuidFromPublicId("project", ana.projectId)!;
    const other = name === "wallet.entries" ? "tasks" : "wallet.entries";
    const foreign = (await pageOf(ana, other, { first: 1 })).pageInfo.endCursor;
    const far = Buffer.from(`999999999999999:${id}`).toString("base64url");
    for (const after of ["", "x", "null", foreign, far, `${foreign}A`, "🎬".repeat(5_000)]) {
      expect([
        after,
        await ana.client.errorCode(documentOf(list), { after, projectId: ana.projectId }),
      ]).toEqual([after, "BAD_USER_INPUT"]);
    }
  });
});

test("tasks are filtered by status, project and batch, and by all of them together", async () => {
  const { client, projectId } = await newCustomer();
  const listed = async (filter: object, by = client) =>
    (await by.request(TasksDocument, { first: 100, filter } as never)).tasks.nodes;
  const tasks = Array.from({ length: 20 }, (_, n) => ({ prompt: `${n}`, ...(n % 2 && { projectId }) }));
  const { batchId } = (await client.request(CreateTasksDocument, { input: { tasks } })).createTasks;
  const prompts = async (filter: object) => (await listed(filter)).map(({ prompt }) => Number(prompt));
  const newestFirst = Array.from({ length: 20 }, (_, n) => 19 - n);
  const odd = newestFirst.filter((n) => n % 2);
  expect(await prompts({ batchId })).toEqual(newestFirst);
  expect(await prompts({ batchId, projectId })).toEqual(odd);
  expect(await prompts({ batchId, projectId, status: ["NOT_START", "QUEUED"] })).toEqual(odd);
  expect(await prompts({ batchId, status: ["SUCCESS"] })).toEqual([]);
  expect(await prompts({ batchId, status: [] })).toEqual([]);
  const ended = await listed({ status: ["SUCCESS", "FAILURE"] });
  expect([ended.length, new Set(ended.map(({ status }) => status))]).toEqual([51, new Set(["SUCCESS"])]);
  for (const filter of [{ projectId }, { batchId }, { projectId: "x" }, { batchId: projectId }]) {
    expect(await listed(filter, ana.client)).toEqual([]);
  }
});

test("a statement has one asset, and only the requested types", async () => {
  const { client } = await newCustomer();
  const entries = async (args: string) => {
    const query = `{ wallet { entries(first: 100${args}) { nodes { asset type amount balanceAfter } } } }`;
    type Answer = {
      wallet: { entries: { nodes: { type: string; amount: string; balanceAfter: string }[] } };
    };
    return (await client.request<Answer, unknown>(query)).wallet.entries.nodes;
  };
  const whole = await entries(", asset: CREDIT");
  expect(await entries("")).toEqual(whole);
  expect(await entries(", asset: COIN")).toEqual([]);
  expect(await entries(", types: []")).toEqual([]);
  expect((await entries(", types: [GRANT]")).map(({ amount }) => amount)).toEqual(["100000"]);
  const paid = await entries(", types: [DOWNLOAD_SPEND, DOWNLOAD_REFUND]");
  expect(paid).toEqual(whole.filter(({ type }) => type === "DOWNLOAD_SPEND"));
  // Every line is the one before it and its own amount.
  whole.slice(0, -1).forEach(({ amount, balanceAfter }, n) => {
    expect(Number(whole[n + 1]!.balanceAfter) + Number(amount)).toBe(Number(balanceAfter));
  });
});

const taskFields =
  "id prompt status failure { code } estimatedFinishAt project { id videoCount videos(first: 3) { nodes { id } } } referenceImage { id url thumbnailUrl } video { id previewUrl thumbnailUrl project { id } } entries { id description subject { id } }";
const videoFields =
  "id previewUrl thumbnailUrl deletedAt task { id referenceImage { id } entries { id subject { id } } } project { id videoCount }";
const everything: Record<string, string> = {
  tasks: taskFields,
  videos: videoFields,
  projects: `id name videoCount videos(first: 4) { nodes { ${videoFields} } }`,
  "project.videos": videoFields,
  "wallet.entries": `id amount description subject { id ... on Task { ${taskFields} } ... on Video { ${videoFields} } }`,
};

test("the cost of a selection counts once for each id, in variables and in the document", async () => {
  const { client } = ana;
  const inEach = "... on Project { videos(first: 100) { nodes { id task { id entries { id } } } } }";
  const many = Array.from({ length: 100 }, () => ana.projectId);
  const byVariable = `query ($ids: [ID!]!) { nodes(ids: $ids) { ${inEach} } }`;
  const byLiteral = `{ nodes(ids: ${JSON.stringify(many)}) { ${inEach} } }`;
  const byPreset = `query ($ids: [ID!]! = ${JSON.stringify(many)}) { nodes(ids: $ids) { ${inEach} } }`;
  const pages =
    "query ($n: Int = 100) { projects(first: $n) { nodes { videos(first: $n) { nodes { id sha256 } } } } }";
  const moved = `mutation ($input: MoveVideosInput!) { moveVideos(input: $input) { videos { project ${inEach.slice(15)} } } }`;
  // A cached operation is priced again for each set of variables.
  for (let n = 0; n < 5; n++)
    expect(await client.errorCode(byVariable, { ids: [ana.projectId] })).toBeUndefined();
  const input = { videoIds: many, projectId: null };
  for (const [query, variables] of [
    [byVariable, { ids: many }],
    [byLiteral],
    [byPreset],
    [pages],
    [moved, { input }],
  ])
    expect(await client.errorCode(query as string, variables)).toBe("QUERY_TOO_COMPLEX");
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const refused = await fetch(`${client.url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${client.token}` },
    body: `{"query": ${JSON.stringify(byVariable)}, "variables": {"ids": ${deep}}}`,
  });
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
});

describe("with every field selected", () => {
  let bo: Customer;
  beforeAll(async () => {
    bo = await newCustomer();
  });

  const counts: [string, number][] = [
    ["tasks", 8],
    ["videos", 5],
    ["projects", 6],
    ["project.videos", 6],
    ["wallet.entries", 11],
  ];
  test.each(counts)(
    "a page of %s takes %i statements at most, whether it has 5 items or 50",
    async (name, count) => {
      const document = documentOf(lists[name]!, everything[name]);
      const ask = (first: number) => () => bo.client.request(document, { first, projectId: bo.projectId });
      const few = await statementsOf(ask(5));
      const many = await statementsOf(ask(50));
      // Two loads of the same rows share a statement if they fall into the same moment.
      expect(new Set(many)).toEqual(new Set(few));
      expect(Math.max(few.length, many.length)).toBeLessThanOrEqual(count);
    },
  );

  test("nodes takes one statement for each requested type, for any number of ids", async () => {
    const query =
      "query ($ids: [ID!]!) { nodes(ids: $ids) { id __typename ... on User { avatarUrl stats { videosGenerated } } } }";
    const { wallet } = await bo.client.request<{ wallet: { id: string } }, unknown>("{ wallet { id } }");
    const pages = await Promise.all(names.map((name) => pageOf(bo, name, { first: 15 })));
    const single = [bo.client.userId, wallet.id, bo.mediaId];
    const some = [...single, ...pages.map(({ nodes }) => nodes[0]!.id)];
    const many = [...single, ...single, ...pages.flatMap(({ nodes }) => nodes.map(({ id }) => id))];
    const ask = (ids: string[]) => () => bo.client.request(query, { ids });
    const statements = await statementsOf(ask(many));
    expect(new Set(statements)).toEqual(new Set(await statementsOf(ask(some))));
    // Seven types, and how many videos the user has made.
    expect(statements.length).toBeLessThanOrEqual(8);
    const found = await bo.client.request<{ nodes: { id: string; __typename: string }[] }, unknown>(query, {
      ids: many,
    });
    expect(found.nodes.map(({ id }) => id)).toEqual(many);
    expect(new Set(found.nodes.map((node) => node.__typename))).toEqual(
      new Set(["User", "Wallet", "LedgerEntry", "Task", "Video", "Project", "Media"]),
    );
    const stranger = await ana.client.request<{ nodes: ({ id: string } | null)[] }, unknown>(query, {
      ids: many,
    });
    const isPublic = (id: string) => id === bo.client.userId;
    expect(stranger.nodes.map((node) => node?.id ?? null)).toEqual(
      many.map((id) => (isPublic(id) ? id : null)),
    );
    const tooMany = { ids: Array<string>(101).fill(wallet.id) };
    expect(await bo.client.errorCode(query, tooMany)).toBe("BAD_USER_INPUT");
  });
});
