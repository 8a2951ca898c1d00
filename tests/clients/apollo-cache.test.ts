import { type ApolloClient, gql } from "@apollo/client";
import type { Client as Socket } from "graphql-ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApollo } from "../../docs/clients/apollo.js";
import { evict } from "../../docs/clients/apollo-updates.js";
import { Session } from "../../docs/clients/session.js";
import { createSocket } from "../../docs/clients/socket.js";
import type { Client } from "../support/client.js";
import { type Product, startProduct } from "../support/product.js";
import { until } from "../support/until.js";

const fragments: Record<string, string> = {
  WalletState: "on Wallet { id credits heldCredits coins pendingCoins revision }",
  ProjectState: "on Project { id name description videoCount updatedAt }",
  VideoState: "on Video { id downloadCount width height createdAt project { ...ProjectState } }",
  TaskState: `on Task {
    id status progress refunded revision submittedAt startedAt finishedAt failure { code message }
    project { ...ProjectState } video { ...VideoState }
  }`,
};

/** A document with the fragments that it uses, and no other. */
function document(text: string) {
  let whole = text;
  for (const [name, body] of Object.entries(fragments).reverse()) {
    if (whole.includes(`...${name}`)) whole += ` fragment ${name} ${body}`;
  }
  return gql(whole);
}

const page = document(`query Page($task: ID!) {
  me { id nickname bio avatarUrl stats { videosGenerated } }
  wallet { ...WalletState }
  task(id: $task) { ...TaskState }
}`);
const taskEvents = document("subscription { myTaskStatus { ...TaskState } }");
const walletEvents = document("subscription { walletChanged { ...WalletState } }");

let product: Product;
let ana: Client;
let socket: Socket;
let screen: ApolloClient;
let fresh: ApolloClient;
let taskId: string;
beforeAll(async () => {
  product = await startProduct({ settings: { SIGNUP_CREDITS: "200" } });
  ana = await product.user();
  const url = `${product.url}/graphql`;
  const session = new Session(url, { accessToken: ana.token!, refreshToken: ana.refreshToken! });
  socket = createSocket(url, session);
  screen = createApollo(url, session, socket);
  fresh = createApollo(url, session, socket);
  screen.subscribe({ query: taskEvents }).subscribe({});
  await new Promise<void>((resolve, reject) => {
    screen.subscribe({ query: walletEvents }).subscribe({ next: () => resolve(), error: reject });
  });
  const wallet = document("query { wallet { ...WalletState } }");
  await screen.query({ query: wallet });
});
afterAll(async () => {
  await socket.dispose();
  await product.close();
});

// biome-ignore lint/suspicious/noExplicitAny: answers of several shapes.
async function mutate<T = any>(selection: string, variables: object): Promise<T> {
  const { data } = await screen.mutate<T>({ mutation: document(selection), variables });
  return data as T;
}

/** Waits until the screen's cache says what the server says, without having asked it. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
async function mustAgree(): Promise<any> {
  const variables = { task: taskId };
  let cached: unknown;
  let read: unknown;
  try {
    await until("a cache that is right", async () => {
      ({ data: read } = await fresh.query({ query: page, variables, fetchPolicy: "no-cache" }));
      cached = screen.cache.readQuery({ query: page, variables });
      return JSON.stringify(sorted(cached)) === JSON.stringify(sorted(read)) || null;
    });
  } catch {
    expect(cached).toEqual(read);
  }
  return cached;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, sorted(inner)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

async function createTask(projectId: string | null): Promise<string> {
  const { createTask } = await mutate(
    `mutation ($input: CreateTaskInput!) {
      createTask(input: $input) { task { ...TaskState } wallet { ...WalletState } }
    }`,
    { input: { prompt: "a cat on grass", projectId } },
  );
  return createTask.task.id;
}

async function createProject(name: string): Promise<string> {
  const { createProject } = await mutate(
    "mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { ...ProjectState } } }",
    { input: { name } },
  );
  return createProject.project.id;
}

test("payloads and events alone keep a normalizing cache correct from task to deleted video", async () => {
  const [from, to] = [await createProject("from"), await createProject("to")];
  taskId = await createTask(from);
  await screen.query({ query: page, variables: { task: taskId } });
  await until("the end of the task", async () => {
    const state = await mustAgree();
    return state.task.status === "SUCCESS" || null;
  });
  const made = await mustAgree();
  expect(made).toMatchObject({
    me: { stats: { videosGenerated: 1 } },
    wallet: { heldCredits: 0, credits: 190 },
    task: { video: { project: { videoCount: 1 } } },
  });
  const videoId = made.task.video.id;

  await mutate(
    `mutation ($input: DownloadNoWatermarkInput!) {
      downloadNoWatermark(input: $input) { video { ...VideoState } wallet { ...WalletState } }
    }`,
    { input: { videoId } },
  );
  expect(await mustAgree()).toMatchObject({
    wallet: { credits: 184 },
    task: { video: { downloadCount: 1 } },
  });

  await mutate(
    `mutation ($input: MoveVideosInput!) {
      moveVideos(input: $input) { videos { ...VideoState } tasks { ...TaskState } projects { ...ProjectState } }
    }`,
    { input: { videoIds: [videoId], projectId: to } },
  );
  expect((await mustAgree()).task).toMatchObject({
    project: { id: to },
    video: { project: { videoCount: 1 } },
  });
  expect((await mustAgree()).me.stats).toMatchObject({ videosGenerated: 1 });

  await mutate(
    "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { ...ProjectState } } }",
    { input: { projectId: to, name: "renamed" } },
  );
  expect((await mustAgree()).task.project.name).toBe("renamed");

  await mutate(
    "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id nickname bio avatarUrl } } }",
    {
      input: { nickname: "Ana", bio: "films" },
    },
  );
  expect((await mustAgree()).me.nickname).toBe("Ana");

  await mutate(
    "mutation ($input: DeleteProjectInput!) { deleteProject(input: $input) { deletedProjectId } }",
    {
      input: { projectId: to },
    },
  );
  evict(screen.cache, { __typename: "Project", id: to });
  expect((await mustAgree()).task).toMatchObject({ project: null, video: { project: null } });

  await mutate(
    `mutation ($input: DeleteVideoInput!) {
      deleteVideo(input: $input) { deletedVideoId task { ...TaskState } project { ...ProjectState } }
    }`,
    { input: { videoId } },
  );
  evict(screen.cache, { __typename: "Video", id: videoId });
  expect((await mustAgree()).task.video).toBeNull();
});

test("payloads and events alone keep it correct when a task is canceled", async () => {
  taskId = await createTask(null);
  await screen.query({ query: page, variables: { task: taskId } });
  await mutate(
    `mutation ($input: CancelTaskInput!) {
      cancelTask(input: $input) { task { ...TaskState } wallet { ...WalletState } }
    }`,
    { input: { taskId } },
  ).catch(() => {}); // It may have begun already: then it goes on to its end.
  await until("the end of the task", async () => (await mustAgree()).task.finishedAt);
  expect((await mustAgree()).wallet.heldCredits).toBe(0);
});

test("with eight concurrent tasks the newest wallet stays, in any order of payloads and events", async () => {
  await Promise.all(Array.from({ length: 8 }, () => createTask(null)));
  await mustAgree();
  await until("the end of all", async () => (await mustAgree()).wallet.heldCredits === 0 || null);
});

test("a wallet or a task that arrives late is dropped", async () => {
  const now = await mustAgree();
  const late = {
    ...now,
    wallet: { ...now.wallet, credits: 1_000, revision: now.wallet.revision - 1 },
    task: { ...now.task, status: "QUEUED", revision: now.task.revision - 1 },
  };
  screen.cache.writeQuery({ query: page, variables: { task: taskId }, data: late });
  const after = await mustAgree();
  expect(after).toMatchObject({ wallet: now.wallet, task: { status: now.task.status } });
});

test("a subscription equal to a running one gets its own first event without deduplication", async () => {
  const query = document("subscription { walletChanged { ...WalletState } }");
  const context = { queryDeduplication: false };
  const first = await new Promise((resolve, reject) => {
    screen.subscribe({ query, context }).subscribe({ next: resolve, error: reject });
  });
  expect(first).toMatchObject({ data: { walletChanged: { id: expect.stringMatching(/^wallet_/) } } });
});
