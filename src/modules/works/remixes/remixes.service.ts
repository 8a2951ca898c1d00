import { BadUserInput, NotFound } from "../../../platform/base/common-errors.js";
import { parseText } from "../../../platform/base/validation.js";
import type { Db } from "../../../platform/db/index.js";
import { AspectRatio } from "../../catalog/index.js";
import { promptLengthMax, type TasksService } from "../../tasks/index.js";
import { divideOverLevels } from "../../wallet/index.js";
import type { WorkReader } from "../reads/work-reader.js";
import type { Work } from "../works.graphql.js";
import { workPrefix } from "../works.ids.js";
import { cutLevels, type LineageRow, lineagesOf, paidLevels } from "./lineage.repository.js";
import { LineageLevel, type RemixWorkInput, type RemixWorkPayload } from "./remixes.graphql.js";

const wholeShare = 10_000;

interface RemixesDependencies {
  db: Db;
  works: WorkReader;
  tasks: TasksService;
}

/** Makes videos from works, and says what works were made from. */
export class RemixesService {
  constructor(private readonly deps: RemixesDependencies) {}

  /** Throws NotFound, NotRemixable, PriceChanged, AccountTooYoung and every error of createTask. */
  async remix(userId: string, input: RemixWorkInput): Promise<RemixWorkPayload> {
    const workId = workPrefix.toUuid(input.workId);
    if (!workId) throw new NotFound("workId");
    // A repeated call is answered whatever has become of the work, so a missing one is refused further below.
    const work = await this.deps.works.find(userId, workId);
    const prompt = parseText("prompt", input.prompt, { min: 0, max: promptLengthMax });
    if (work && [...prompt].length > promptRoomOf(work)) throw promptTooLong(promptRoomOf(work));
    return this.deps.tasks.remix(userId, {
      ...input,
      ...{ workId, prompt, ratio: input.ratio ?? null },
      sourceRatio: work?.ratio ?? AspectRatio.RATIO_9_16,
      idempotencyKey: input.idempotencyKey ?? null,
    });
  }

  /** For request loaders, by the works' bare UUIDs. Originals are absent. */
  readonly loadLineages = (workIds: readonly string[]): Promise<Map<string, LineageRow[]>> =>
    lineagesOf(this.deps.db, workIds);

  /** The levels of a work, with the shares that a stranger's remix would pay them. */
  toLevels(work: Work, lineage: readonly LineageRow[]): LineageLevel[] {
    const own = {
      level: 0,
      workId: work.row.id,
      authorId: work.row.userId,
      title: work.title,
      presentTitle: work.title,
      isPassedOver: work.row.status === "REMOVED",
    };
    const paid = paidLevels([own, ...lineage], null);
    const shares = divideOverLevels(wholeShare, paid.length);
    return cutLevels(lineage).map((row) => {
      const { level, title } = row;
      return Object.assign(new LineageLevel(), {
        row,
        level,
        title,
        shareBasisPoints: shares[paid.indexOf(row)] ?? 0,
      });
    });
  }
}

/** How many characters a remix can add: the vendor is sent at most `promptLengthMax`, with the spaces in between. */
export function promptRoomOf({ row: { joinedPromptLength } }: Work): number {
  const space = joinedPromptLength > 0 ? 1 : 0;
  return Math.max(0, promptLengthMax - joinedPromptLength - space);
}

function promptTooLong(room: number): BadUserInput {
  return new BadUserInput(
    "prompt",
    `prompt must have at most ${room} characters: this is the room that the work's prompt leaves.`,
    `prompt 最多 ${room} 个字符：这是原作品提示词留下的空间。`,
  );
}
