import { BadUserInput, NotFound } from "../../platform/common-errors.js";
import type { Db } from "../../platform/db.js";
import { uuidFromPublicId } from "../../platform/ids.js";
import { ownsProject } from "../projects/index.js";
import { moveToProject } from "./project-videos.repository.js";
import { Video } from "./videos.graphql.js";

const movedAtOnceMax = 100;

export class MoveVideosService {
  constructor(private readonly db: Db) {}

  /**
   * Moves videos into a project, or out of any (null): all of them or, with NotFound, none. Answers in the
   * order asked for, each once. Throws BadUserInput for no ids or more than 100.
   */
  async move(userId: string, input: { videoIds: string[]; projectId: string | null }): Promise<Video[]> {
    if (input.videoIds.length < 1 || input.videoIds.length > movedAtOnceMax) throw badCount();
    const videoIds = [...new Set(input.videoIds.map((id) => readId("video", id, "videoIds")))];
    const projectId = input.projectId === null ? null : readId("project", input.projectId, "projectId");
    const moved = await this.db.transaction(async (tx) => {
      // A project that is deleted right after this look is deleted with the videos in it: the same end.
      if (projectId && !(await ownsProject(tx, userId, projectId))) throw new NotFound("projectId");
      const rows = await moveToProject(tx, userId, videoIds, projectId);
      if (rows.length < videoIds.length) throw new NotFound("videoIds");
      return new Map(rows.map((row) => [row.id, Video.of(row)]));
    });
    return videoIds.map((id) => moved.get(id) as Video);
  }
}

function badCount(): BadUserInput {
  return new BadUserInput(
    "videoIds",
    `videoIds must have 1 to ${movedAtOnceMax} ids.`,
    `videoIds 须有 1 到 ${movedAtOnceMax} 个 id。`,
  );
}

function readId(prefix: "video" | "project", id: string, field: string): string {
  const uuid = uuidFromPublicId(prefix, id);
  if (!uuid) throw new NotFound(field);
  return uuid;
}
