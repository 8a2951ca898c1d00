import { BadUserInput, NotFound } from "../../platform/base/common-errors.js";
import type { Db, Tx } from "../../platform/db/index.js";
import type { IdPrefix } from "../../platform/ids/ids.js";
import { ownsProject, projectPrefix } from "../projects/index.js";
import { lockOwnVideos, setProject } from "./project-videos.repository.js";
import type { VideoTasks } from "./video-tasks.js";
import { type MoveVideosPayload, Video } from "./videos.graphql.js";
import { videoPrefix } from "./videos.ids.js";
import type { VideoRow } from "./videos.repository.js";

const batchSizeMax = 100;

export class MoveVideosService {
  constructor(
    private readonly db: Db,
    private readonly tasks: VideoTasks,
  ) {}

  /**
   * Moves videos and their tasks into a project, or out of their projects (null). It moves all of them or throws
   * NotFound. The result has each video once, in the order of the input. Throws BadUserInput for no ids or more than
   * 100.
   */
  async move(
    userId: string,
    input: { videoIds: string[]; projectId: string | null },
  ): Promise<MoveVideosPayload> {
    if (input.videoIds.length < 1 || input.videoIds.length > batchSizeMax) throw invalidCount();
    const videoIds = [...new Set(input.videoIds.map((id) => readId(videoPrefix, id, "videoIds")))];
    const projectId = input.projectId === null ? null : readId(projectPrefix, input.projectId, "projectId");
    const { rows, moved, announce } = await this.db.transaction(async (tx) => {
      // If the project is deleted right after this check, the result is the same as deleting it with the videos in it.
      if (projectId && !(await ownsProject(tx, userId, projectId))) throw new NotFound("projectId");
      const rows = await lockOwnVideos(tx, userId, videoIds);
      if (rows.length < videoIds.length) throw new NotFound("videoIds");
      const moved = rows.filter((row) => row.projectId !== projectId);
      return { rows, moved, announce: await this.moveWithTasks(tx, moved, projectId) };
    });
    announce();
    const byId = new Map(rows.map((row) => [row.id, Video.of({ ...row, projectId })]));
    const left = moved.map((row) => row.projectId);
    return {
      videos: videoIds.map((id) => byId.get(id) as Video),
      projectIds: [...new Set(moved.length > 0 ? [projectId, ...left] : [])].filter((id) => id !== null),
    };
  }

  private async moveWithTasks(tx: Tx, rows: readonly VideoRow[], projectId: string | null) {
    const ids = rows.map(({ id }) => id);
    await setProject(tx, ids, projectId);
    const taskIds = rows.map(({ taskId }) => taskId);
    return this.tasks.move(tx, taskIds, projectId);
  }
}

function invalidCount(): BadUserInput {
  return new BadUserInput(
    "videoIds",
    `videoIds must have 1 to ${batchSizeMax} ids.`,
    `videoIds 须有 1 到 ${batchSizeMax} 个 id。`,
  );
}

function readId(prefix: IdPrefix, id: string, field: string): string {
  const uuid = prefix.toUuid(id);
  if (!uuid) throw new NotFound(field);
  return uuid;
}
