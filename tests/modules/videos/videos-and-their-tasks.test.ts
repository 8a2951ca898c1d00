import { readFileSync } from "node:fs";
import { eq, sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { tasks } from "../../../src/modules/tasks/tasks.tables.js";
import { uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";

let product: Product;
let ana: Client;
beforeAll(async () => {
  product = await startProduct({ worker: false });
});
afterAll(() => product.close());

let from: string;
let to: string;
let made: { taskId: string; videoId: string };
beforeEach(async () => {
  ana = await product.user();
  [from, to] = [await project("from"), await project("to")];
  made = await newVideo(from);
});

async function newVideo(projectId: string | null = null): Promise<{ taskId: string; videoId: string }> {
  const { publicTaskId, publicId } = await product.seed.video(ana.userId, { projectId });
  return { taskId: publicTaskId, videoId: publicId };
}

async function project(name: string): Promise<string> {
  const { createProject } = await ask<{ createProject: { project: { id: string } } }>(
    `mutation { createProject(input: { name: "${name}" }) { project { id } } }`,
  );
  return createProject.project.id;
}

// biome-ignore lint/suspicious/noExplicitAny: the answers are compared whole.
function ask<T = any>(document: string, variables: object = {}): Promise<T> {
  return ana.request<T, object>(document, variables);
}

/** Runs the steps of a case. Names in capitals stand for ids. */
function moveAndLook(values: Record<string, string>, place: string | null): [string, string] {
  const steps = readFileSync(new URL("../../cases/25-moved-videos/steps.graphql", import.meta.url), "utf8")
    .replace('projectId: "TO" })', place ? 'projectId: "TO" })' : "projectId: null })")
    .replace(/"([A-Z]+)"/g, (_, name) => JSON.stringify(values[name]));
  const [move = "", look = ""] = steps.split(/^(?=query )/m);
  return [move, look];
}

const payloadFields = `videos { id project { id } task { id project { id } } }
  tasks { id revision project { id } video { project { id } } } projects { id name videoCount }`;
const move = `mutation ($ids: [ID!]!, $to: ID) {
  moveVideos(input: { videoIds: $ids, projectId: $to }) { ${payloadFields} }
}`;
const seen = `query ($task: ID!, $from: ID!, $to: ID!) {
  task(id: $task) { project { id } video { project { id } } }
  from: tasks(filter: { projectId: $from }) { nodes { id } }
  to: tasks(filter: { projectId: $to }) { nodes { id project { id } } }
  all: tasks { nodes { project { id } video { project { id } } } }
  byStatus: tasks(filter: { status: SUCCESS }) { nodes { project { id } video { project { id } } } }
  videosFrom: videos(projectId: $from) { nodes { id } }
  videosTo: videos(projectId: $to) { nodes { id task { project { id } } } }
  node(id: $task) { ... on Task { project { id } } }
}`;
const look = () => ask(seen, { task: made.taskId, from, to });

const nowhere = { project: null, video: { project: null } };

describe("moving a video also moves its task", () => {
  test("into another project", async () => {
    const { moveVideos } = await ask(move, { ids: [made.videoId], to });
    const here = { project: { id: to } };
    const task = { ...here, video: here };
    expect(moveVideos).toEqual({
      videos: [{ id: made.videoId, ...here, task: { id: made.taskId, ...here } }],
      tasks: [{ id: made.taskId, revision: 2, ...task }],
      projects: expect.toSatisfy((projects: unknown[]) => projects.length === 2),
    });
    expect(moveVideos.projects).toEqual(
      expect.arrayContaining([
        { id: from, name: "from", videoCount: 0 },
        { id: to, name: "to", videoCount: 1 },
      ]),
    );
    expect(await look()).toEqual({
      task,
      from: { nodes: [] },
      to: { nodes: [{ id: made.taskId, ...here }] },
      all: { nodes: [task] },
      byStatus: { nodes: [task] },
      videosFrom: { nodes: [] },
      videosTo: { nodes: [{ id: made.videoId, task: here }] },
      node: here,
    });
  });

  test("out of any project", async () => {
    const { moveVideos } = await ask(move, { ids: [made.videoId], to: null });
    expect(moveVideos.projects).toEqual([{ id: from, name: "from", videoCount: 0 }]);
    expect(await look()).toMatchObject({
      task: nowhere,
      from: { nodes: [] },
      to: { nodes: [] },
      all: { nodes: [nowhere] },
      videosFrom: { nodes: [] },
      node: { project: null },
    });
  });

  test("and neither is in a list of the project once that is deleted", async () => {
    await ask("mutation ($id: ID!) { deleteProject(input: { projectId: $id }) { deletedProjectId } }", {
      id: from,
    });
    expect(await look()).toMatchObject({ task: nowhere, from: { nodes: [] }, videosFrom: { nodes: [] } });
  });

  test.each(["TO", null])("with the steps of the case, to %s", async (place) => {
    const values = { FROM: from, TO: to, TASK: made.taskId, VIDEO: made.videoId };
    const [move, look] = moveAndLook(values, place);
    const here = { project: place && { id: to } };
    expect(await ask(move)).toEqual({ moveVideos: { videos: [{ ...here, task: here }] } });
    expect(await ask(look)).toEqual({
      task: { ...here, video: here },
      from: { nodes: [] },
      to: { nodes: place ? [{ id: made.taskId, ...here }] : [] },
      videosFrom: { nodes: [] },
      videosTo: { nodes: place ? [{ id: made.videoId, task: here }] : [] },
    });
  });

  test("and changes nothing if it is already there", async () => {
    const { moveVideos } = await ask(move, { ids: [made.videoId], to: from });
    expect(moveVideos.projects).toEqual([]);
    expect(moveVideos.tasks[0].revision).toBe(1);
  });

  test("and returns several videos in the order of the input", async () => {
    const others = [await newVideo(to), await newVideo()];
    const all = [...others, made];
    const ids = all.map(({ videoId }) => videoId);
    const { moveVideos } = await ask(move, { ids, to });
    expect(moveVideos.videos.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(moveVideos.tasks.map(({ id }: { id: string }) => id)).toEqual(all.map(({ taskId }) => taskId));
    expect(moveVideos.tasks.map(({ revision }: { revision: number }) => revision)).toEqual([1, 2, 2]);
  });

  test("and concurrent moves leave every video with its task", async () => {
    const all = [made, ...(await Promise.all(Array.from({ length: 5 }, () => newVideo())))];
    const ids = all.map(({ videoId }) => videoId);
    const places = [from, to, null];
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => {
        const some = n % 2 ? ids : ids.toReversed();
        return ask(move, { ids: some.slice(n % 3), to: places[n % 3] });
      }),
    );
    const { videos } = await ask("{ videos { nodes { project { id } task { project { id } } } } }");
    expect(videos.nodes).toHaveLength(6);
    for (const { project, task } of videos.nodes) expect(task.project).toEqual(project);
  });
});

describe("deleteVideo", () => {
  const remove = `mutation ($id: ID!) {
    deleteVideo(input: { videoId: $id }) {
      deletedVideoId task { id revision video { id } project { id } } project { id videoCount }
    }
  }`;

  test("returns the task without its video and the project with one video less", async () => {
    expect(await ask(remove, { id: made.videoId })).toEqual({
      deleteVideo: {
        deletedVideoId: made.videoId,
        task: { id: made.taskId, revision: 2, video: null, project: { id: from } },
        project: { id: from, videoCount: 0 },
      },
    });
  });

  test("of a video without a project has no project", async () => {
    const { videoId } = await newVideo();
    const { deleteVideo } = await ask(remove, { id: videoId });
    expect(deleteVideo.project).toBeNull();
  });
});

test("another client of the same user is notified of both, with a higher revision", async () => {
  const screen = ana.sameUser();
  const events = screen.subscribe(
    "subscription { myTaskStatus { id revision project { id } video { id } } }",
    {},
  );
  const next = async () => (await events.next()).value.data.myTaskStatus;
  const first = next();
  // Moves repeatedly until the subscription reports it, because clients are not notified when a subscription has started.
  let heard = false;
  void first.then(() => {
    heard = true;
  });
  for (let n = 0; !heard; n++) await ask(move, { ids: [made.videoId], to: n % 2 ? from : to });
  const { revision } = await first;
  expect(revision).toBeGreaterThan(1);
  await ask("mutation ($id: ID!) { deleteVideo(input: { videoId: $id }) { deletedVideoId } }", {
    id: made.videoId,
  });
  let last = await next();
  while (last.video !== null) last = await next();
  expect(last.revision).toBeGreaterThan(revision);
  await screen.disconnect();
});

test("several mutations in one request each return their own result", async () => {
  const both = `mutation ($ids: [ID!]!, $from: ID, $to: ID) {
    a: moveVideos(input: { videoIds: $ids, projectId: $to }) { ${payloadFields} }
    b: moveVideos(input: { videoIds: $ids, projectId: $from }) { ${payloadFields} }
  }`;
  const { a, b } = await ask(both, { ids: [made.videoId], from, to });
  expect([a, b].map(({ tasks }) => tasks[0])).toMatchObject([
    { revision: 2, project: { id: to } },
    { revision: 3, project: { id: from } },
  ]);
  expect([a, b].map(({ videos }) => videos[0].task.project.id)).toEqual([to, from]);
});

test("the migration moves tasks to their videos' projects if earlier versions left them apart", async () => {
  const id = uuidFromPublicId("task", made.taskId) as string;
  await product.app.db.update(tasks).set({ projectId: null }).where(eq(tasks.id, id));
  expect(await look()).toMatchObject({ task: { project: null, video: { project: { id: from } } } });
  const migration = readFileSync("schema/migrations/0017_tasks_follow_videos.sql", "utf8");
  await product.app.db.execute(sql.raw(migration));
  expect(await look()).toMatchObject({ task: { project: { id: from }, video: { project: { id: from } } } });
});
