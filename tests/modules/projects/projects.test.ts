import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { projects } from "../../../src/modules/projects/projects.tables.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
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

const create =
  "mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id name description createdAt updatedAt videoCount videos { nodes { id } } } } }";
const update =
  "mutation ($input: UpdateProjectInput!) { updateProject(input: $input) { project { id name description createdAt updatedAt } } }";
const remove = "mutation ($input: DeleteProjectInput!) { deleteProject(input: $input) { deletedProjectId } }";
const find = "query ($id: ID!) { project(id: $id) { id name } }";

describe("a new project", () => {
  test("has trimmed texts, an empty description by default, and no videos", async () => {
    const { data } = await fixture.run(ana, create, { input: { name: "  短片 🎬 " } });
    const { project } = data.createProject;
    expect(project).toMatchObject({ name: "短片 🎬", description: "", videoCount: 0, videos: { nodes: [] } });
    expect(project.createdAt).toBe(fixture.now.toISOString());
    expect(project.updatedAt).toEqual(project.createdAt);
    expect((await fixture.run(ana, find, { id: project.id })).data.project).toEqual({
      id: project.id,
      name: "短片 🎬",
    });
  });

  test("accepts names and descriptions of exactly the maximum length in code points", async () => {
    const input = { name: "🦊".repeat(100), description: "界".repeat(1000) };
    expect((await fixture.run(ana, create, { input })).data.createProject.project).toMatchObject(input);
  });

  test.each([
    ["no name", { name: "  " }],
    ["a name of 101 characters", { name: "x".repeat(101) }],
    ["a description of 1001 characters", { name: "x", description: "x".repeat(1001) }],
    ["a NUL, which the database cannot keep", { name: "a\0b" }],
    ["half a character", { name: "a\ud800" }],
  ])("is rejected with %s", async (_, input) => {
    expect((await fixture.run(ana, create, { input })).codes).toEqual(["BAD_USER_INPUT"]);
  });
});

describe("an updated project", () => {
  test("keeps omitted fields and sets updatedAt", async () => {
    const { id } = await fixture.project(ana);
    const createdAt = fixture.now.toISOString();
    fixture.now = new Date(fixture.now.getTime() + 60_000);
    const named = await fixture.run(ana, update, { input: { projectId: id, description: " of cats " } });
    expect(named.data.updateProject.project).toMatchObject({
      name: "films",
      description: "of cats",
      createdAt,
      updatedAt: fixture.now.toISOString(),
    });
    fixture.now = new Date(fixture.now.getTime() + 60_000);
    const same = await fixture.run(ana, update, { input: { projectId: id, name: null } });
    expect(same.data.updateProject.project).toEqual(named.data.updateProject.project);
    expect((await fixture.run(ana, update, { input: { projectId: id, name: "" } })).codes).toEqual([
      "BAD_USER_INPUT",
    ]);
  });

  test("is NOT_FOUND for other users", async () => {
    const { id } = await fixture.project(ana);
    for (const [user, projectId] of [
      [bo, id],
      [ana, publicId("project", newUuid())],
      [ana, "project_nonsense"],
      [ana, id.replace("project", "task")],
    ] as const) {
      expect((await fixture.run(user, find, { id: projectId })).data).toEqual({ project: null });
      expect((await fixture.run(user, update, { input: { projectId, name: "x" } })).codes).toEqual([
        "NOT_FOUND",
      ]);
      expect((await fixture.run(user, update, { input: { projectId } })).codes).toEqual(["NOT_FOUND"]);
      expect((await fixture.run(user, remove, { input: { projectId } })).codes).toEqual(["NOT_FOUND"]);
    }
    expect((await fixture.run(ana, find, { id })).data.project.name).toBe("films");
  });
});

describe("a deleted project", () => {
  test("no longer exists, keeps no texts, and can be deleted once", async () => {
    const { id, uuid } = await fixture.project(ana);
    expect((await fixture.run(ana, remove, { input: { projectId: id } })).data.deleteProject).toEqual({
      deletedProjectId: id,
    });
    expect((await fixture.run(ana, find, { id })).data).toEqual({ project: null });
    expect((await fixture.run(ana, remove, { input: { projectId: id } })).codes).toEqual(["NOT_FOUND"]);
    expect((await fixture.run(ana, update, { input: { projectId: id, name: "x" } })).codes).toEqual([
      "NOT_FOUND",
    ]);
    expect((await fixture.run(ana, "{ projects { nodes { id } } }")).data.projects.nodes).toEqual([]);
    const [row] = await fixture.db.select().from(projects).where(eq(projects.id, uuid));
    expect(row).toMatchObject({ name: "", description: "" });
  });

  test("is NOT_FOUND for the second of two concurrent deletions", async () => {
    const { id } = await fixture.project(ana);
    const both = await Promise.allSettled([
      fixture.projects.delete(ana, id),
      fixture.projects.delete(ana, id),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  test("keeps its videos, which then have no project", async () => {
    const { id, uuid } = await fixture.project(ana);
    const video = await fixture.video(ana, uuid);
    await fixture.projects.delete(ana, id);
    const query =
      "query ($video: ID!, $id: ID) { video(id: $video) { id project { id } } videos(projectId: $id) { nodes { id } } all: videos { nodes { id project { id } } } }";
    expect((await fixture.run(ana, query, { video: video.publicId, id })).data).toEqual({
      video: { id: video.publicId, project: null },
      videos: { nodes: [] },
      all: { nodes: [{ id: video.publicId, project: null }] },
    });
  });

  test("is no error for a video that finishes later", async () => {
    const { id, uuid } = await fixture.project(ana);
    await fixture.projects.delete(ana, id);
    const late = await fixture.video(ana, uuid);
    const { data } = await fixture.run(ana, "query ($id: ID!) { video(id: $id) { id project { id } } }", {
      id: late.publicId,
    });
    expect(data).toEqual({ video: { id: late.publicId, project: null } });
  });

  test("does not block a concurrent insert of a video", async () => {
    const { id, uuid } = await fixture.project(ana);
    await fixture.db.transaction(async (tx) => {
      await tx.update(projects).set({ updatedAt: fixture.now }).where(eq(projects.id, uuid));
      // On another connection. With a lock that conflicts with the foreign key check, this would wait forever.
      await fixture.video(ana, uuid);
    });
    expect(await fixture.projects.delete(ana, id)).toBe(id);
  });
});

describe("the list of projects", () => {
  test("contains every project once, newest first, while others are created and deleted", async () => {
    const made: string[] = [];
    for (let nth = 0; nth < 9; nth += 1) {
      fixture.now = new Date(Date.UTC(2026, 4, 1, 0, 0, 0, Math.floor(nth / 3)));
      made.push((await fixture.project(ana)).id);
      await fixture.project(bo);
    }
    const seen: string[] = [];
    for (let after: string | null = null; ; ) {
      const { data } = await fixture.run(
        ana,
        "query ($after: String) { projects(first: 4, after: $after) { nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }",
        { after },
      );
      const { nodes, edges, pageInfo } = data.projects;
      expect(edges.map(({ node }: { node: object }) => node)).toEqual(nodes);
      expect([pageInfo.startCursor, pageInfo.endCursor]).toEqual([edges[0].cursor, edges.at(-1).cursor]);
      seen.push(...nodes.map(({ id }: { id: string }) => id));
      if (!pageInfo.hasNextPage) break;
      after = pageInfo.endCursor;
      fixture.now = new Date(Date.UTC(2026, 4, 2));
      await fixture.project(ana);
      await fixture.projects.delete(ana, seen[0] as string).catch(() => {});
    }
    const order = new Map(made.map((id, nth) => [id, Math.floor(nth / 3)]));
    expect(seen.toSorted()).toEqual(made.toSorted());
    const moments = seen.map((id) => order.get(id) as number);
    expect(moments).toEqual(moments.toSorted((a, b) => b - a));
  });

  test.each([0, 101, -1])("rejects a page of %i", async (first) => {
    expect((await fixture.run(ana, `{ projects(first: ${first}) { nodes { id } } }`)).codes).toEqual([
      "BAD_USER_INPUT",
    ]);
  });

  test("rejects cursors of other lists", async () => {
    expect((await fixture.run(ana, '{ projects(after: "x") { nodes { id } } }')).codes).toEqual([
      "BAD_USER_INPUT",
    ]);
  });
});
