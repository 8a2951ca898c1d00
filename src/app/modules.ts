import { apiLimits } from "../api/limits.js";
import { createAccountsModule } from "../modules/accounts/accounts.module.js";
import { accountsQueues } from "../modules/accounts/index.js";
import { createCatalogModule } from "../modules/catalog/catalog.module.js";
import { createFeedModule } from "../modules/feed/feed.module.js";
import { feedQueues } from "../modules/feed/index.js";
import { mediaQueues } from "../modules/media/index.js";
import { createMediaModule } from "../modules/media/media.module.js";
import type { Module } from "../modules/module.js";
import { createProjectsModule } from "../modules/projects/projects.module.js";
import { createReportsModule } from "../modules/reports/reports.module.js";
import { createSocialModule } from "../modules/social/social.module.js";
import { promptLengthMax, TasksOfVideos, taskQueues, videoTaskRelation } from "../modules/tasks/index.js";
import { createTasksModule } from "../modules/tasks/tasks.module.js";
import { downloadPriceCredits, videosQueues } from "../modules/videos/index.js";
import { createVideosModule } from "../modules/videos/videos.module.js";
import { coinText, creatorUnitsPerCredit, unitsPerCredit, walletQueues } from "../modules/wallet/index.js";
import { createWalletModule } from "../modules/wallet/wallet.module.js";
import { priceCreditsMax, tipSteps, worksQueues } from "../modules/works/index.js";
import { TakeOutService } from "../modules/works/publish/take-out.service.js";
import { WorkRemixHooks } from "../modules/works/remixes/remix-hooks.js";
import { createWorksModule } from "../modules/works/works.module.js";
import { NodeRegistry } from "../platform/graphql/node-registry.js";
import type { AppContext } from "./context.js";
import type { Shutdown } from "./shutdown.js";

/** The job queues of all modules. */
export const moduleQueues = [
  ...accountsQueues,
  ...walletQueues,
  ...mediaQueues,
  ...videosQueues,
  ...taskQueues,
  ...worksQueues,
  ...feedQueues,
];

export type Modules = Awaited<ReturnType<typeof createModules>>;

/**
 * Creates every module. A module gets here all that it needs of another: its service, or a function if the import law
 * forbids it to know the other module.
 */
export async function createModules(context: AppContext, shutdown: Shutdown) {
  const { config, catalog, vendors, bus, publicUrl } = context;
  const subjects = new NodeRegistry();
  const wallet = createWalletModule(context, subjects);
  const media = createMediaModule(context);
  const accounts = createAccountsModule(context, {
    onUserCreated: (tx, userId) => wallet.service.open(tx, userId),
    findOwnImage: async (userId, id) => (await media.service.findByPublicId(userId, id))?.row.id ?? null,
  });
  const social = createSocialModule(context, accounts.service);
  const projects = createProjectsModule(context);
  const takeOuts = new TakeOutService(context);
  const videos = createVideosModule(context, {
    wallets: wallet.service,
    projects: projects.service,
    tasks: new TasksOfVideos(bus),
    works: takeOuts,
    relations: [videoTaskRelation],
  });
  const limits = {
    tipCreditsPerDay: config.TIP_CREDITS_PER_DAY,
    accountAgeMinMs: config.payerAgeMinMs,
    freezeMs: config.INCOME_FREEZE_MS,
  };
  const tasks = await createTasksModule(context, {
    remixes: new WorkRemixHooks({ bus, ...limits }),
    ...{ vendors, catalog, files: videos.files },
    wallets: wallet.service,
    projects: projects.service,
    media: media.service,
    videos: videos.service,
  });
  const works = createWorksModule(context, {
    ...{ takeOuts, limits, videos: videos.service, tasks: tasks.service, social: social.service },
    publicUrl: () => publicUrl.value,
  });
  const modules = {
    ...{ accounts, social, wallet, projects, media, videos, tasks, works },
    feed: createFeedModule(context, { works: works.reader, updateCounts: works.updateCounts }),
    reports: createReportsModule(context),
    catalog: createCatalogModule(context, {
      catalog,
      isVendorAvailable: (name) => tasks.health.isAvailable(name),
      pricing: {
        noWatermarkDownloadCredits: downloadPriceCredits,
        maxPromptLength: promptLengthMax,
        maxConcurrentTasks: config.MAX_CONCURRENT_TASKS,
        maxTasksPerDay: config.MAX_TASKS_PER_DAY,
        maxUploadBytes: apiLimits.uploadBytesMax,
        tipCredits: [...tipSteps],
        creatorSharePercent: (100 * creatorUnitsPerCredit) / unitsPerCredit,
        coinsPerCredit: coinText(unitsPerCredit),
        incomeFreezeHours: Math.ceil(config.INCOME_FREEZE_MS / 3_600_000),
        maxTipCreditsPerDay: config.TIP_CREDITS_PER_DAY,
        maxPromptPriceCredits: priceCreditsMax,
        maxRemixFeeCredits: priceCreditsMax,
      },
    }),
  };
  for (const [name, { subjects: found = [], close }] of Object.entries<Module>(modules)) {
    subjects.add(found);
    if (close) shutdown.onShutdown(`the module ${name}`, close);
  }
  return modules;
}

export const listModules = (modules: Modules): Module[] => Object.values(modules);
