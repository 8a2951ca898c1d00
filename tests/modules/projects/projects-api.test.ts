import { type DocumentNode, print } from "graphql";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CancelTaskDocument,
  CreateProjectDocument,
  CreateTaskDocument,
  DeleteProjectDocument,
  DeleteVideoDocument,
  DownloadNoWatermarkDocument,
  MeDocument,
  MoveVideosDocument,
  ProjectsDocument,
  ProjectVideosDocument,
  RetryTaskDocument,
  UpdateProfileDocument,
  UpdateProjectDocument,
  VideoDocument,
  VideosDocument,
} from "../../../src/generated/operations.js";
import { allKeys } from "../../../src/modules/videos/files/video-keys.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { create } from "../../support/tasks.js";
import { upload } from "../../support/upload.js";

let product: Product;
beforeAll(async () => {
  product = await startProduct({ worker: false });
});
afterAll(() => product.close());

async function newProject(client: Client, name = "Cats"): Promise<string> {
  return (await client.request(CreateProjectDocument, { input: { name } })).createProject.project.id;
}

/** A finished video with all of its files. */
async function newVideo(client: Client, projectId: string | null = null): Promise<string> {
  const video = await product.seed.video(client.userId, { projectId });
  for (const key of allKeys(video.id))
    await product.app.storage.put(key, Buffer.from(key), { contentType: "video/mp4" });
  return video.publicId;
}

async function projectOf(client: Client, id: string) {
  const { project } = await client.request(ProjectVideosDocument, { id });
  return project && { count: project.videoCount, ids: project.videos.nodes.map((video) => video.id) };
}

describe("a project", () => {
  test("can be created, updated, listed and deleted, and omitted fields stay unchanged", async () => {
    const ana = await product.user();
    const input = { name: "  Cats  ", description: " all of them " };
    const made = (await ana.request(CreateProjectDocument, { input })).createProject.project;
    expect(made).toMatchObject({ name: "Cats", description: "all of them", videoCount: 0 });
    const second = await newProject(ana, "Dogs");
    const change = { projectId: made.id, name: "猫".repeat(100) };
    const changed = (await ana.request(UpdateProjectDocument, { input: change })).updateProject.project;
    expect(changed).toMatchObject({ name: "猫".repeat(100), description: "all of them" });
    expect(Date.parse(changed.updatedAt)).toBeGreaterThanOrEqual(Date.parse(made.updatedAt));
    const { projects } = await ana.request(ProjectsDocument, {});
    expect(projects.nodes.map(({ id }) => id)).toEqual([second, made.id]);
    const { deleteProject } = await ana.request(DeleteProjectDocument, { input: { projectId: made.id } });
    expect(deleteProject.deletedProjectId).toBe(made.id);
    expect(await projectOf(ana, made.id)).toBeNull();
    expect(await ana.errorCode(DeleteProjectDocument, { input: { projectId: made.id } })).toBe("NOT_FOUND");
  });

  test("limits the length of name and description", async () => {
    const ana = await product.user();
    for (const input of [
      { name: " " },
      { name: "x".repeat(101) },
      { name: "x", description: "x".repeat(1001) },
    ])
      expect(await ana.errorCode(CreateProjectDocument, { input })).toBe("BAD_USER_INPUT");
  });

  test("is NOT_FOUND or null for other users", async () => {
    const [ana, eve] = [await product.user(), await product.user()];
    const projectId = await newProject(ana);
    const videoId = await newVideo(eve);
    expect(await projectOf(eve, projectId)).toBeNull();
    expect(await eve.errorCode(UpdateProjectDocument, { input: { projectId, name: "mine" } })).toBe(
      "NOT_FOUND",
    );
    expect(await eve.errorCode(DeleteProjectDocument, { input: { projectId } })).toBe("NOT_FOUND");
    expect(await eve.errorCode(MoveVideosDocument, { input: { videoIds: [videoId], projectId } })).toBe(
      "NOT_FOUND",
    );
  });

  test("keeps its videos when it is deleted, and a task that is retried later has no project", async () => {
    const ana = await product.user();
    const projectId = await newProject(ana);
    const videoId = await newVideo(ana, projectId);
    const taskId = await create(ana, { projectId });
    await ana.request(CancelTaskDocument, { input: { taskId } });
    await ana.request(DeleteProjectDocument, { input: { projectId } });
    const { video } = await ana.request<{ video: { project: unknown } }, unknown>(
      "query ($id: ID!) { video(id: $id) { project { id } } }",
      { id: videoId },
    );
    expect(video.project).toBeNull();
    const { retryTask } = await ana.request(RetryTaskDocument, { input: { taskId } });
    expect(retryTask.task).toMatchObject({ status: "NOT_START", prompt: "a cat on grass" });
  });
});

test("counts are correct after concurrent moves, deletions and new videos, and none blocks another", async () => {
  const ana = await product.user();
  const [one, two] = [await newProject(ana, "one"), await newProject(ana, "two")];
  const videoIds = await Promise.all(Array.from({ length: 12 }, () => newVideo(ana, one)));
  const move = (ids: string[], projectId: string | null) =>
    ana.execute(MoveVideosDocument, { input: { videoIds: ids, projectId } });
  await Promise.all([
    ...Array.from({ length: 10 }, (_, n) =>
      move(n % 2 ? videoIds : videoIds.toReversed(), n % 3 ? two : one),
    ),
    ...Array.from({ length: 5 }, () => newVideo(ana, two)),
    ana.execute(DeleteVideoDocument, { input: { videoId: videoIds[0]! } }),
  ]);
  await move(videoIds.slice(1, 6), one);
  await move(videoIds.slice(6), two);
  await move(videoIds.slice(1, 3), null);
  expect((await projectOf(ana, one))!.count).toBe(3);
  expect((await projectOf(ana, two))!.count).toBe(11);
  for (const id of [one, two]) {
    const { count, ids } = (await projectOf(ana, id))!;
    expect(ids).toHaveLength(count);
  }
  const none = await ana.errorCode(MoveVideosDocument, { input: { videoIds: [], projectId: one } });
  expect(none).toBe("BAD_USER_INPUT");
});

describe("a deleted video", () => {
  test("disappears everywhere, its links stop working, and only the wallet statement still refers to it", async () => {
    const ana = await product.user();
    const videoId = await newVideo(ana, await newProject(ana));
    const before = (await ana.request(VideoDocument, { id: videoId })).video!;
    const bought = await ana.request(DownloadNoWatermarkDocument, { input: { videoId } });
    const links = [bought.downloadNoWatermark.downloadUrl, before.previewUrl, before.thumbnailUrl];
    for (const link of links) expect((await fetch(link)).status).toBe(200);
    await ana.request(DeleteVideoDocument, { input: { videoId } });
    for (const link of links) expect((await fetch(link)).status).toBe(404);

    const gone = `query ($id: ID!, $taskId: ID!) {
      video(id: $id) { id } node(id: $id) { id } task(id: $taskId) { status video { id } }
      projects { nodes { videoCount videos { nodes { id } } } }
      wallet { entries(first: 1) { nodes { type subject { __typename id
        ... on Video { deletedAt previewUrl project { id } task { id } } } } } } }`;
    const data = await ana.request<Record<string, unknown>, unknown>(gone, {
      id: videoId,
      taskId: before.task.id,
    });
    expect(data).toEqual({
      video: null,
      node: null,
      task: { status: "SUCCESS", video: null },
      projects: { nodes: [{ videoCount: 0, videos: { nodes: [] } }] },
      wallet: {
        entries: {
          nodes: [
            {
              type: "DOWNLOAD_SPEND",
              subject: {
                __typename: "Video",
                id: videoId,
                deletedAt: expect.any(String),
                previewUrl: expect.any(String),
                project: { id: expect.any(String) },
                task: { id: before.task.id },
              },
            },
          ],
        },
      },
    });
    expect((await ana.request(VideosDocument, {})).videos.nodes).toEqual([]);
    expect((await ana.request(MeDocument)).me.stats.videosGenerated).toBe(1);
    for (const document of [DeleteVideoDocument, DownloadNoWatermarkDocument])
      expect(await ana.errorCode(document as typeof DeleteVideoDocument, { input: { videoId } })).toBe(
        "NOT_FOUND",
      );
    const move = { input: { videoIds: [videoId], projectId: null } };
    expect(await ana.errorCode(MoveVideosDocument, move)).toBe("NOT_FOUND");
  });

  test("can be deleted once, even concurrently, and only by its owner", async () => {
    const [ana, eve] = [await product.user(), await product.user()];
    const videoId = await newVideo(ana);
    expect(await eve.errorCode(DeleteVideoDocument, { input: { videoId } })).toBe("NOT_FOUND");
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => ana.execute(DeleteVideoDocument, { input: { videoId } })),
    );
    expect(answers.filter(({ data }) => data?.deleteVideo)).toHaveLength(1);
  });
});

test("other users' objects, unknown ids and invalid ids get the same NOT_FOUND everywhere", async () => {
  const [ana, eve] = [await product.user(), await product.user()];
  const color = { width: 20, height: 10, channels: 3 as const, background: "gold" };
  const hers: Record<string, string> = {
    task: await create(ana),
    video: await newVideo(ana),
    project: await newProject(ana),
    media: (await upload(ana, await sharp({ create: color }).png().toBuffer())).id,
  };
  const own = await newVideo(eve);
  const calls: [string, DocumentNode, (id: string) => Record<string, unknown>][] = [
    ["task", CancelTaskDocument, (taskId) => ({ taskId })],
    ["task", RetryTaskDocument, (taskId) => ({ taskId })],
    ["video", DownloadNoWatermarkDocument, (videoId) => ({ videoId })],
    ["video", DeleteVideoDocument, (videoId) => ({ videoId })],
    ["video", MoveVideosDocument, (videoId) => ({ videoIds: [own, videoId], projectId: null })],
    ["project", MoveVideosDocument, (projectId) => ({ videoIds: [own], projectId })],
    ["project", UpdateProjectDocument, (projectId) => ({ projectId, name: "mine" })],
    ["project", UpdateProjectDocument, (projectId) => ({ projectId })],
    ["project", DeleteProjectDocument, (projectId) => ({ projectId })],
    ["project", CreateTaskDocument, (projectId) => ({ prompt: "x", projectId })],
    ["media", CreateTaskDocument, (referenceImageId) => ({ prompt: "x", referenceImageId })],
    ["media", UpdateProfileDocument, (avatarMediaId) => ({ avatarMediaId })],
  ];
  for (const [type, document, input] of calls) {
    const never = publicId(type as "task", newUuid());
    for (const id of [hers[type]!, never, `${type}_x`, own.slice(6), "", "x".repeat(1000)]) {
      const { errors } = await eve.execute(print(document), { input: input(id) });
      const field = Object.keys(input(id)).find((name) => [input(id)[name]].flat().includes(id));
      expect(errors?.map(({ message, extensions }) => [message, extensions])).toEqual([
        ["There is nothing of yours with this id.", { code: "NOT_FOUND", field }],
      ]);
    }
  }
  const { me } = await eve.request(MeDocument);
  expect(me.stats.videosGenerated).toBe(1);
});

test("a profile can show an image of the user, until it is removed", async () => {
  const [ana, eve] = [await product.user(), await product.user()];
  const color = { width: 200, height: 100, channels: 3 as const, background: "gold" };
  const { id: avatarMediaId } = await upload(ana, await sharp({ create: color }).jpeg().toBuffer());
  const profile = { nickname: "安娜", bio: "films cats", avatarMediaId };
  const { user } = (await ana.request(UpdateProfileDocument, { input: profile })).updateProfile;
  expect(user).toMatchObject({ nickname: "安娜", bio: "films cats" });
  const picture = await fetch(user.avatarUrl!);
  expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/webp"]);
  expect(await eve.errorCode(UpdateProfileDocument, { input: { avatarMediaId } })).toBe("NOT_FOUND");
  await ana.request(UpdateProfileDocument, { input: { avatarMediaId: null } });
  expect((await ana.request(MeDocument)).me).toMatchObject({ nickname: "安娜", avatarUrl: null });
});
