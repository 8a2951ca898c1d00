import { Batcher } from "../../../platform/async/batcher.js";
import { BadUserInput, NotFound } from "../../../platform/base/common-errors.js";
import type { Db } from "../../../platform/db/index.js";
import type { WorkReader } from "../reads/work-reader.js";
import type { Work } from "../works.graphql.js";
import { workPrefix } from "../works.ids.js";
import { type Reaction, reactions } from "./reactions.repository.js";

type Kind = keyof typeof reactions;

const reactionsPerStatementMax = 200;
const viewsMax = 50;

/** Likes, favorites, shares and views. Repeating one changes nothing. */
export class ReactionsService {
  /** Reactions of different requests that arrive at the same time share one statement, and so one commit. */
  private readonly batchers: Record<Kind, Batcher<Reaction, boolean>>;

  constructor(
    db: Db,
    private readonly works: WorkReader,
  ) {
    const kinds = Object.keys(reactions) as Kind[];
    this.batchers = Object.fromEntries(
      kinds.map((kind) => [
        kind,
        new Batcher<Reaction, boolean>({
          run: (calls) => reactions[kind](db, calls),
          concurrency: 2,
          batchSizeMax: reactionsPerStatementMax,
        }),
      ]),
    ) as Record<Kind, Batcher<Reaction, boolean>>;
  }

  /** Throws NotFound if the user may not see the work. */
  async react(kind: Exclude<Kind, "view">, userId: string, id: string): Promise<Work> {
    const workId = workPrefix.toUuid(id);
    const isDone = workId !== null && (await this.batchers[kind].add({ workId, userId }));
    const work = isDone ? await this.works.find(userId, workId) : null;
    if (!work) throw new NotFound("workId");
    return work;
  }

  /** Passes over works that the user may not see. Throws BadUserInput for none or too many. */
  async view(userId: string, ids: readonly string[]): Promise<Work[]> {
    if (ids.length < 1 || ids.length > viewsMax)
      throw new BadUserInput(
        "workIds",
        `workIds must name 1 to ${viewsMax} works.`,
        `workIds 须包含 1 到 ${viewsMax} 个作品。`,
      );
    const workIds = [...new Set(ids.flatMap((id) => workPrefix.toUuid(id) ?? []))];
    await Promise.all(workIds.map((workId) => this.batchers.view.add({ workId, userId })));
    return this.works.findMany(userId, workIds);
  }
}
