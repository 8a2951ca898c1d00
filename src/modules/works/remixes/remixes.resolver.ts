import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from "type-graphql";
import type { Connection } from "../../../platform/graphql/connection.js";
import {
  CurrentViewer,
  type RequestContext,
  type Viewer,
} from "../../../platform/graphql/request-context.js";
import { User } from "../../accounts/index.js";
import { Task } from "../../tasks/index.js";
import type { UsersForViewers } from "../reads/users-for-viewers.js";
import type { WorkReader } from "../reads/work-reader.js";
import { Work, WorkConnection } from "../works.graphql.js";
import type { WorksService } from "../works.service.js";
import { LineageLevel, RemixWorkInput, RemixWorkPayload } from "./remixes.graphql.js";
import { promptRoomOf, type RemixesService } from "./remixes.service.js";

@Resolver(() => Work)
export class WorkRemixesResolver {
  constructor(
    private readonly remixing: RemixesService,
    private readonly works: WorksService,
  ) {}

  @Mutation(() => RemixWorkPayload, {
    description:
      "Holds the price and the fee, and orders a video. The fee reaches the authors when the video is made; otherwise both come back.",
  })
  remixWork(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => RemixWorkInput) input: RemixWorkInput,
  ): Promise<RemixWorkPayload> {
    return this.remixing.remix(viewer.userId, input);
  }

  @FieldResolver(() => Int, {
    nullable: true,
    description:
      "How many characters a remix can add to the prompts that it is made from. Null if the work is not remixable.",
  })
  remixPromptRoom(@Root() work: Work): number | null {
    return work.remixable ? promptRoomOf(work) : null;
  }

  @FieldResolver(() => [LineageLevel], {
    description:
      "The works that it was made from, the direct source first, the original last: at most the four nearest and the original. Empty for an original.",
  })
  async lineage(@Root() work: Work, @Ctx() { loaders }: RequestContext): Promise<LineageLevel[]> {
    if (work.row.remixOf === null) return [];
    const lineage = await loaders.get(this.remixing.loadLineages).load(work.row.id);
    return this.remixing.toLevels(work, lineage ?? []);
  }

  @FieldResolver(() => WorkConnection, { description: "Published remixes of the work, newest first." })
  remixes(
    @Root() work: Work,
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @Ctx() { viewer }: RequestContext,
  ): Promise<Connection<Work>> {
    return this.works.listRemixes(viewer?.userId ?? null, work.row.id, { first, after: after ?? null });
  }
}

@Resolver(() => LineageLevel)
export class LineageLevelResolver {
  constructor(
    private readonly works: WorkReader,
    private readonly users: UsersForViewers,
  ) {}

  @FieldResolver(() => User, { nullable: true, description: "Null if the viewer may not see this user." })
  author(@Root() { row }: LineageLevel, @Ctx() { viewer, loaders }: RequestContext): Promise<User | null> {
    return this.users.visible(viewer?.userId ?? null, row.authorId, loaders);
  }

  @FieldResolver(() => Work, { nullable: true, description: "Null if the viewer may no longer see it." })
  work(@Root() { row }: LineageLevel, @Ctx() { viewer }: RequestContext): Promise<Work | null> {
    return this.works.find(viewer?.userId ?? null, row.workId);
  }
}

@Resolver(() => Task)
export class TaskRemixResolver {
  constructor(private readonly works: WorkReader) {}

  @FieldResolver(() => Work, {
    nullable: true,
    description: "The work that the task is made from. Null if the viewer may no longer see it.",
  })
  async remixOf(@Root() { row }: Task, @CurrentViewer() viewer: Viewer): Promise<Work | null> {
    return row.remixOf === null ? null : this.works.find(viewer.userId, row.remixOf);
  }
}
