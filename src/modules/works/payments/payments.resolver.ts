import { Arg, Ctx, FieldResolver, Int, Mutation, Query, Resolver, Root } from "type-graphql";
import type { Connection } from "../../../platform/graphql/connection.js";
import {
  CurrentViewer,
  type RequestContext,
  type Viewer,
} from "../../../platform/graphql/request-context.js";
import { User } from "../../accounts/index.js";
import { Income } from "../../wallet/index.js";
import type { UsersForViewers } from "../reads/users-for-viewers.js";
import type { WorkReader } from "../reads/work-reader.js";
import { Work, WorkEarnings } from "../works.graphql.js";
import type { CreatorIncome } from "./creator-income.js";
import {
  PromptUnlock,
  PromptUnlockConnection,
  TipWorkPayload,
  UnlockPromptPayload,
} from "./payments.graphql.js";
import { TipWorkInput, UnlockPromptInput } from "./payments.inputs.graphql.js";
import type { PaymentsService } from "./payments.service.js";
import type { UnlockedPrompts } from "./unlocked-prompts.js";

@Resolver()
export class PaymentsResolver {
  constructor(
    private readonly payments: PaymentsService,
    private readonly unlocks: UnlockedPrompts,
  ) {}

  @Mutation(() => TipWorkPayload, {
    description: "Tips the author of a work and makes the work a favorite, in one transaction.",
  })
  tipWork(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => TipWorkInput) input: TipWorkInput,
  ): Promise<TipWorkPayload> {
    return this.payments.tip(viewer.userId, input);
  }

  @Mutation(() => UnlockPromptPayload, {
    description:
      "Pays for a prompt, once and for all. Costs nothing for a prompt that the viewer may read already.",
  })
  unlockPrompt(
    @CurrentViewer() viewer: Viewer,
    @Arg("input", () => UnlockPromptInput) input: UnlockPromptInput,
  ): Promise<UnlockPromptPayload> {
    return this.payments.unlock(viewer.userId, input);
  }

  @Query(() => PromptUnlockConnection, { description: "Prompts that the viewer has paid for, newest first." })
  unlockedPrompts(
    @Arg("first", () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg("after", () => String, { nullable: true }) after: string | null,
    @CurrentViewer() viewer: Viewer,
  ): Promise<Connection<PromptUnlock>> {
    return this.unlocks.list(viewer.userId, { first, after: after ?? null });
  }
}

@Resolver(() => PromptUnlock)
export class PromptUnlockResolver {
  constructor(
    private readonly unlocks: UnlockedPrompts,
    private readonly works: WorkReader,
    private readonly users: UsersForViewers,
  ) {}

  @FieldResolver(() => String, { description: "The prompt." })
  async text(@Root() { row }: PromptUnlock, @Ctx() { loaders }: RequestContext): Promise<string> {
    return (await loaders.get(this.unlocks.loadPrompts).load(row.workId)) ?? "";
  }

  @FieldResolver(() => User, { nullable: true, description: "Null if the viewer may not see this user." })
  author(
    @Root() { row }: PromptUnlock,
    @CurrentViewer() viewer: Viewer,
    @Ctx() context: RequestContext,
  ): Promise<User | null> {
    return this.users.visible(viewer.userId, row.authorId, context.loaders);
  }

  @FieldResolver(() => Work, { nullable: true, description: "Null if the viewer may no longer see it." })
  work(@Root() { row }: PromptUnlock, @CurrentViewer() viewer: Viewer): Promise<Work | null> {
    return this.works.find(viewer.userId, row.workId);
  }
}

@Resolver(() => Income)
export class IncomeResolver {
  constructor(
    private readonly works: WorkReader,
    private readonly users: UsersForViewers,
  ) {}

  @FieldResolver(() => User, {
    nullable: true,
    description: "Null if the payer is suspended, or if payer and creator have blocked one another.",
  })
  payer(
    @Root() { row }: Income,
    @CurrentViewer() viewer: Viewer,
    @Ctx() context: RequestContext,
  ): Promise<User | null> {
    return this.users.listed(viewer.userId, row.payerId, context.loaders);
  }

  @FieldResolver(() => Work, {
    nullable: true,
    description: "The work that was paid for. Null if it can no longer be seen.",
  })
  work(@Root() { row }: Income, @CurrentViewer() viewer: Viewer): Promise<Work | null> {
    return this.works.find(viewer.userId, row.workId);
  }
}

@Resolver(() => Work)
export class WorkEarningsResolver {
  constructor(private readonly incomes: CreatorIncome) {}

  @FieldResolver(() => WorkEarnings, {
    nullable: true,
    description: "Income from the work so far. Null for everybody but its author.",
  })
  async earnings(
    @Root() { row, isOwn }: Work,
    @Ctx() { loaders }: RequestContext,
  ): Promise<WorkEarnings | null> {
    return isOwn ? ((await loaders.get(this.incomes.loadEarnings).load(row.id)) ?? WorkEarnings.none) : null;
  }
}
