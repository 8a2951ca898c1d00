import type { Module, ModuleContext } from "../module.js";
import type { SocialService } from "../social/index.js";
import type { TasksService } from "../tasks/index.js";
import type { VideosService } from "../videos/index.js";
import { CreatorIncome } from "./payments/creator-income.js";
import {
  IncomeResolver,
  PaymentsResolver,
  PromptUnlockResolver,
  WorkEarningsResolver,
} from "./payments/payments.resolver.js";
import { type PaymentLimits, PaymentsService } from "./payments/payments.service.js";
import { UnlockedPrompts } from "./payments/unlocked-prompts.js";
import { PublicationWriter } from "./publish/publication-writer.js";
import { PublishWorkService } from "./publish/publish-work.service.js";
import type { TakeOutService } from "./publish/take-out.service.js";
import { ReactionsResolver } from "./reactions/reactions.resolver.js";
import { ReactionsService } from "./reactions/reactions.service.js";
import { WorkCounts } from "./reactions/work-counts.js";
import { UsersForViewers } from "./reads/users-for-viewers.js";
import { WorkFeed } from "./reads/work-feed.js";
import { WorkReader } from "./reads/work-reader.js";
import { LineageLevelResolver, TaskRemixResolver, WorkRemixesResolver } from "./remixes/remixes.resolver.js";
import { RemixesService } from "./remixes/remixes.service.js";
import { UserWorksResolver, VideoWorkResolver, WorkStatsResolver } from "./user-works.resolver.js";
import type { WorksSettings } from "./works.config.js";
import { workPrefix } from "./works.ids.js";
import { WorksResolver } from "./works.resolver.js";
import { WorksService } from "./works.service.js";
import { worksJobs } from "./works-job-handlers.js";

interface WorksModuleDependencies {
  videos: VideosService;
  tasks: TasksService;
  social: SocialService;
  limits: PaymentLimits;
  /** Also takes a work out when its video is deleted. */
  takeOuts: TakeOutService;
  /** Where the server is reached, without a slash at the end. */
  publicUrl(): string;
}

export function createWorksModule(
  context: ModuleContext<WorksSettings>,
  { videos, tasks, social, takeOuts, limits, publicUrl }: WorksModuleDependencies,
) {
  const { config, db, bus, logger } = context;
  const reader = new WorkReader(db);
  const counts = new WorkCounts(db, bus, logger);
  const feed = new WorkFeed(reader, bus, logger);
  const shareUrlBase = () => config.SHARE_URL_BASE ?? `${publicUrl()}/works/`;
  const works = new WorksService({ ...context, reader, videos, shareUrlBase });
  const writer = new PublicationWriter(context);
  const publishing = new PublishWorkService({ ...context, writer, worksPerDay: config.WORKS_PER_DAY });
  const reactions = new ReactionsService(db, reader);
  const users = new UsersForViewers(social);
  const payments = new PaymentsService({ db, bus, works: reader, limits });
  const unlocks = new UnlockedPrompts(db);
  const remixes = new RemixesService({ db, works: reader, tasks });
  const workNodes = { prefix: workPrefix, find: works.findNode };
  return {
    ...{ reader, publishing, reactions },
    updateCounts: () => counts.update(),
    updateAllCounts: () => counts.updateAll(),
    resolvers: [
      new WorksResolver({ works, publishing, takeOuts, feed, videos }),
      new ReactionsResolver(reactions, works),
      new UserWorksResolver(works),
      new WorkStatsResolver(works),
      new VideoWorkResolver(works),
      new PaymentsResolver(payments, unlocks),
      new PromptUnlockResolver(unlocks, reader, users),
      new IncomeResolver(reader, users),
      new WorkEarningsResolver(new CreatorIncome(db)),
      new WorkRemixesResolver(remixes, works),
      new LineageLevelResolver(reader, users),
      new TaskRemixResolver(reader),
    ],
    nodes: [workNodes],
    subjects: [workNodes],
    jobs: worksJobs(takeOuts),
    startWorker: () => counts.start(),
    close: () => feed.close(),
  } satisfies Module &
    Record<"reader" | "publishing" | "reactions" | "updateCounts" | "updateAllCounts", unknown>;
}
