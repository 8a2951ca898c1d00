import { sql } from "drizzle-orm";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorFormatter } from "../../../src/api/http/format-error.js";
import { createHttpServer } from "../../../src/api/http/http-server.js";
import { apiLimits } from "../../../src/api/limits.js";
import { mediaRoute } from "../../../src/api/routes/media-route.js";
import { allKeys, originalKey, previewKey } from "../../../src/modules/videos/files/video-keys.js";
import { videosJobs } from "../../../src/modules/videos/index.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import type { Storage } from "../../../src/platform/storage/storage.js";
import { ProjectsFixture } from "../projects/projects-fixture.js";

let fixture: ProjectsFixture;
let ana: string;
beforeAll(async () => {
  fixture = await ProjectsFixture.open();
  ana = (await fixture.seed.user().withCredits(20)).id;
});
afterAll(() => fixture.close());

async function storedVideo() {
  const video = await fixture.video(ana);
  for (const key of allKeys(video.id)) await fixture.storage.put(key, Buffer.from("bytes"));
  return video;
}

const filesOf = async (video: { id: string }) => {
  const found = await Promise.all(
    allKeys(video.id).map(async (key) => ((await fixture.storage.stat(key)) ? key : null)),
  );
  return found.filter((key) => key !== null);
};

/** Queued jobs of this video: minutes until each is due. */
async function waiting(video: { id: string }): Promise<number[]> {
  const rows = await fixture.db.execute<{ inMin: number }>(
    sql`select round(extract(epoch from start_after - now()) / 60)::int as "inMin" from pgboss.job
      where name = 'videos.delete-files' and data->>'videoId' = ${video.id} order by start_after`,
  );
  return rows.map(({ inMin }) => inMin);
}

/** A storage that fails to delete keys that contain this text. */
function stuck(which: string): Storage {
  return Object.assign(Object.create(fixture.storage) as Storage, {
    delete: async (key: string) => {
      if (key.includes(which)) throw new Error("the bucket is away");
      await fixture.storage.delete(key);
    },
  });
}

describe("deleteVideo", () => {
  test("invalidates every link: issued links return 404 once the response arrives", async () => {
    const formatter = new ErrorFormatter(pino({ level: "silent" }), true);
    const app = createHttpServer({ limits: apiLimits, formatter });
    await app.register(mediaRoute, { storage: fixture.storage, links: fixture.links, clock: fixture.clock });
    const video = await storedVideo();
    const expiresAt = new Date(fixture.now.getTime() + 3_600_000);
    const links = allKeys(video.id).map((key) =>
      fixture.links.sign(key, {
        expiresAt,
        downloadAs: key === originalKey(video.id) ? "mine.mp4" : undefined,
      }),
    );
    const statuses = async () => {
      const answers = await Promise.all(links.map((link) => app.inject(link.slice("https://a.test".length))));
      return [...new Set(answers.map(({ statusCode }) => statusCode))];
    };
    expect(await statuses()).toEqual([200]);
    const { data } = await fixture.run(
      ana,
      "mutation ($input: DeleteVideoInput!) { deleteVideo(input: $input) { deletedVideoId } }",
      { input: { videoId: video.publicId } },
    );
    expect(data).toEqual({ deleteVideo: { deletedVideoId: video.publicId } });
    expect(await statuses()).toEqual([404]);
    await app.close();
  });

  test("removes the video from every list and lookup, and keeps it in the user's video count", async () => {
    const video = await storedVideo();
    const made = (await fixture.videos.loadCountByUser([ana])).get(ana);
    await fixture.deletions().delete(ana, video.publicId);
    expect(await fixture.videos.findByPublicId(ana, video.publicId)).toBeNull();
    expect((await fixture.videos.loadByIds([video.id])).size).toBe(0);
    expect((await fixture.videos.loadByTask([video.taskId])).size).toBe(0);
    expect((await fixture.videos.loadCountByUser([ana])).get(ana)).toBe(made);
  });

  test("is NOT_FOUND for other users' videos, unknown ids and the second time", async () => {
    const video = await storedVideo();
    const { id: bo } = await fixture.seed.user();
    for (const [user, id] of [
      [bo, video.publicId],
      [ana, publicId("video", newUuid())],
      [ana, "video_x"],
    ] as const) {
      await expect(fixture.deletions().delete(user, id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    }
    expect(await filesOf(video)).toHaveLength(5);
    const both = await Promise.allSettled([1, 2].map(() => fixture.deletions().delete(ana, video.publicId)));
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  });

  test("deletes the other files if the storage fails for one, and a job retries that one", async () => {
    const video = await storedVideo();
    await fixture.deletions(stuck("preview")).delete(ana, video.publicId);
    expect(await filesOf(video)).toEqual([previewKey(video.id)]);
    expect(await waiting(video)).toEqual([0]);
    const [failing] = videosJobs(fixture.deletions(stuck("preview")));
    await expect(failing?.run({ videoId: video.id, ingestId: null })).rejects.toThrow("the bucket is away");
    const [job] = videosJobs(fixture.deletions());
    await job?.run({ videoId: video.id, ingestId: null });
    await job?.run({ videoId: video.id, ingestId: null });
    expect(await filesOf(video)).toEqual([]);
  });

  test("queues its jobs in the same transaction, so a process that dies afterwards loses nothing", async () => {
    const video = await storedVideo();
    const dying = { ...fixture.storage, delete: () => new Promise<void>(() => {}) } as unknown as Storage;
    void fixture.deletions(dying).delete(ana, video.publicId);
    await expect.poll(() => fixture.videos.findByPublicId(ana, video.publicId)).toBeNull();
    expect(await waiting(video)).toEqual([0]);
    expect(await filesOf(video)).toHaveLength(5);
  });

  test("leaves no job if there was nothing to delete", async () => {
    const video = { id: newUuid() };
    await expect(fixture.deletions().delete(ana, publicId("video", video.id))).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    expect(await waiting(video)).toEqual([]);
  });
});
