import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { countVideosByProject } from "../../../src/modules/videos/project-videos.repository.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import { planOf } from "../../support/plan-of.js";
import { ProjectsFixture } from "./projects-fixture.js";

let fixture: ProjectsFixture;
let ana: string;
let bo: string;
beforeAll(async () => {
  fixture = await ProjectsFixture.open();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  [ana, bo] = [(await fixture.seed.user()).id, (await fixture.seed.user()).id];
});

const day = (nth: number) => new Date(Date.UTC(2026, 0, 1 + nth));
const ids = (list: { nodes: { id: string }[] }) => list.nodes.map(({ id }) => id);
const move =
  "mutation ($input: MoveVideosInput!) { moveVideos(input: $input) { videos { id project { id videoCount } } } }";

describe("a project's videos", () => {
  test("are counted and listed newest first for each project, without deleted ones", async () => {
    const [cats, dogs] = [await fixture.project(ana, "cats"), await fixture.project(ana, "dogs")];
    const inCats = [];
    for (let nth = 0; nth < 5; nth += 1) inCats.push(await fixture.video(ana, cats.uuid, day(nth)));
    const inDogs = [await fixture.video(ana, dogs.uuid, day(2))];
    await fixture.video(ana, null);
    const gone = await fixture.video(ana, cats.uuid, day(9));
    await fixture.deletions().delete(ana, gone.publicId);
    const { data } = await fixture.run(
      ana,
      "{ projects { nodes { name videoCount videos(first: 3) { nodes { id } pageInfo { hasNextPage } } } } }",
    );
    const newest = inCats.map(({ publicId }) => publicId).toReversed();
    expect(
      data.projects.nodes.toSorted((a: { name: string }, b: { name: string }) =>
        a.name.localeCompare(b.name),
      ),
    ).toEqual([
      {
        name: "cats",
        videoCount: 5,
        videos: { nodes: newest.slice(0, 3).map((id) => ({ id })), pageInfo: { hasNextPage: true } },
      },
      {
        name: "dogs",
        videoCount: 1,
        videos: { nodes: inDogs.map(({ publicId: id }) => ({ id })), pageInfo: { hasNextPage: false } },
      },
    ]);
  });

  test("appear once each over all pages, even with equal timestamps", async () => {
    const { id, uuid } = await fixture.project(ana);
    const made = [];
    for (let nth = 0; nth < 7; nth += 1)
      made.push((await fixture.video(ana, uuid, day(Math.floor(nth / 3)))).publicId);
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const query =
        "query ($id: ID!, $after: String) { project(id: $id) { videos(first: 2, after: $after) { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } } }";
      const answer: Awaited<ReturnType<typeof fixture.run>> = await fixture.run(ana, query, { id, after });
      const { videos } = answer.data.project;
      expect(videos.pageInfo.hasPreviousPage).toBe(after !== null);
      seen.push(...ids(videos));
      if (!videos.pageInfo.hasNextPage) break;
      after = videos.pageInfo.endCursor;
      await fixture.video(ana, uuid, day(20));
    }
    expect(seen).toEqual(made.toReversed());
  });

  test("belong to the project's owner: a video that refers to another user's project is in no list", async () => {
    const { id, uuid } = await fixture.project(ana);
    const { publicId } = await fixture.video(bo, uuid);
    const query =
      "query ($id: ID) { inIt: videos(projectId: $id) { nodes { id } } all: videos { nodes { id } } }";
    const { data } = await fixture.run(bo, query, { id });
    expect(data).toEqual({ inIt: { nodes: [] }, all: { nodes: [{ id: publicId }] } });
  });

  test("can be requested as several pages in one operation", async () => {
    const { id, uuid } = await fixture.project(ana);
    const made = [];
    for (let nth = 0; nth < 4; nth += 1) made.push((await fixture.video(ana, uuid, day(nth))).publicId);
    const { data, statements } = await fixture.run(
      ana,
      "query ($id: ID!) { project(id: $id) { one: videos(first: 1) { nodes { id } } all: videos(first: 100) { nodes { id } } } }",
      { id },
    );
    expect(ids(data.project.one)).toEqual(made.slice(-1));
    expect(ids(data.project.all)).toEqual(made.toReversed());
    expect(statements).toBe(2);
  });

  test.each(["first: 0", "first: 101", 'after: "x"'])("are rejected with %s", async (args) => {
    const { id } = await fixture.project(ana);
    const { codes } = await fixture.run(
      ana,
      `query ($id: ID!) { project(id: $id) { videos(${args}) { nodes { id } } } }`,
      { id },
    );
    expect(codes).toEqual(["BAD_USER_INPUT"]);
  });

  test("take the same few statements for one project and for twenty", async () => {
    const query =
      "{ projects(first: 20) { nodes { id videoCount videos(first: 5) { nodes { id project { id name videoCount } } } } } }";
    const costs: number[] = [];
    for (const count of [1, 19]) {
      for (let nth = 0; nth < count; nth += 1) {
        const { uuid } = await fixture.project(ana);
        await fixture.video(ana, uuid);
        await fixture.video(ana, uuid);
      }
      const { data, codes, statements } = await fixture.run(ana, query);
      expect(codes).toBeUndefined();
      expect(data.projects.nodes.every((p: { videoCount: number }) => p.videoCount === 2)).toBe(true);
      costs.push(statements);
    }
    // Projects, counts, and videos with their projects: the counts are read once.
    expect(costs).toEqual([3, 3]);
  });

  test("are counted and listed by index-only scans", async () => {
    const { uuid } = await fixture.project(ana);
    await fixture.video(ana, uuid);
    const asked = [uuid, newUuid()].map((id) => ({ id, userId: ana }));
    expect(
      await planOf(fixture.db, (db) => countVideosByProject(db, asked), ["seqscan", "bitmapscan"]),
    ).toMatch(/Index Only Scan using videos_by_project/);
  });
});

describe("moveVideos", () => {
  test("moves videos into a project, to another one and out of it, and returns them in the order of the input", async () => {
    const [cats, dogs] = [await fixture.project(ana, "cats"), await fixture.project(ana, "dogs")];
    const [one, two] = [await fixture.video(ana), await fixture.video(ana)];
    const videoIds = [two.publicId, one.publicId, two.publicId];
    for (const project of [cats, dogs, null]) {
      const { data, codes } = await fixture.run(ana, move, { input: { videoIds, projectId: project?.id } });
      expect(codes).toBeUndefined();
      const inIt = project && { id: project.id, videoCount: 2 };
      expect(data.moveVideos.videos).toEqual([
        { id: two.publicId, project: inIt },
        { id: one.publicId, project: inIt },
      ]);
    }
  });

  test("moves none if one belongs to another user, is deleted or does not exist", async () => {
    const { id } = await fixture.project(ana);
    const mine = await fixture.video(ana);
    const deleted = await fixture.video(ana);
    await fixture.deletions().delete(ana, deleted.publicId);
    const foreign = await fixture.video(bo);
    for (const other of [
      foreign.publicId,
      deleted.publicId,
      publicId("video", newUuid()),
      "video_x",
      publicId("task", mine.id),
    ]) {
      const input = { videoIds: [mine.publicId, other], projectId: id };
      expect((await fixture.run(ana, move, { input })).codes).toEqual(["NOT_FOUND"]);
    }
    expect(
      (await fixture.run(ana, "query ($id: ID!) { project(id: $id) { videoCount } }", { id })).data.project
        .videoCount,
    ).toBe(0);
  });

  test("rejects a project that belongs to another user, is deleted or does not exist", async () => {
    const mine = await fixture.video(ana);
    const deleted = await fixture.project(ana);
    await fixture.projects.delete(ana, deleted.id);
    for (const projectId of [
      (await fixture.project(bo)).id,
      deleted.id,
      publicId("project", newUuid()),
      "project_x",
    ]) {
      expect(
        (await fixture.run(ana, move, { input: { videoIds: [mine.publicId], projectId } })).codes,
      ).toEqual(["NOT_FOUND"]);
    }
    expect((await fixture.videos.find(ana, mine.id))?.row.projectId).toBeNull();
  });

  test("accepts 1 to 100 ids", async () => {
    const { publicId: id } = await fixture.video(ana);
    const many = (count: number) => ({ input: { videoIds: Array<string>(count).fill(id) } });
    expect((await fixture.run(ana, move, many(0))).codes).toEqual(["BAD_USER_INPUT"]);
    expect((await fixture.run(ana, move, many(101))).codes).toEqual(["BAD_USER_INPUT"]);
    expect((await fixture.run(ana, move, many(100))).data.moveVideos.videos).toHaveLength(1);
  });

  test("called concurrently for the same videos leaves each video in one project and correct counts", async () => {
    const made: string[] = [];
    for (let nth = 0; nth < 12; nth += 1) made.push((await fixture.video(ana)).publicId);
    const targets: string[] = [];
    for (let nth = 0; nth < 4; nth += 1) targets.push((await fixture.project(ana)).id);
    await Promise.all(
      Array.from({ length: 24 }, (_, nth) => {
        const videoIds = nth % 2 ? made : made.toReversed();
        return fixture.moves.move(ana, { videoIds, projectId: targets[nth % 4] as string });
      }),
    );
    const { data } = await fixture.run(ana, "{ projects { nodes { videoCount videos { nodes { id } } } } }");
    const counts = data.projects.nodes.map(({ videoCount }: { videoCount: number }) => videoCount);
    expect(counts.toSorted()).toEqual([0, 0, 0, 12].toSorted());
    expect(
      data.projects.nodes.flatMap(({ videos }: { videos: { nodes: unknown[] } }) => videos.nodes),
    ).toHaveLength(12);
  });

  test("into a project that is deleted concurrently moves all videos or none", async () => {
    const made = [await fixture.video(ana), await fixture.video(ana)];
    const { id } = await fixture.project(ana);
    const [moved] = await Promise.allSettled([
      fixture.moves.move(ana, { videoIds: made.map(({ publicId }) => publicId), projectId: id }),
      fixture.projects.delete(ana, id),
    ]);
    if (moved?.status === "rejected") expect(moved.reason).toMatchObject({ code: "NOT_FOUND" });
    const { data } = await fixture.run(ana, "{ videos { nodes { project { id } } } }");
    expect(data.videos.nodes).toEqual([{ project: null }, { project: null }]);
  });
});
