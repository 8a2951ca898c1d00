import { findOwn, findViewers, type NodeRegistry } from "../../platform/graphql/node-registry.js";
import type { Module, ModuleContext } from "../module.js";
import { WalletIncomesResolver } from "./incomes.resolver.js";
import { IncomesService } from "./incomes.service.js";
import { entryPrefix, incomePrefix, walletPrefix } from "./wallet.ids.js";
import { walletJobs } from "./wallet.jobs.js";
import { incomeMetrics, ledgerMetrics } from "./wallet.metrics.js";
import { LedgerEntryResolver, WalletResolver } from "./wallet.resolver.js";
import { WalletService } from "./wallet.service.js";
import { createWalletFeed } from "./wallet-feed.js";

/** `subjects` find what the lines of a statement are about. */
export function createWalletModule(
  { config, db, bus, logger }: ModuleContext<{ signupCredits: number }>,
  subjects: NodeRegistry,
) {
  const service = new WalletService(db, bus, config.signupCredits);
  const incomes = new IncomesService(db, bus);
  const feed = createWalletFeed(db, bus, logger);
  const incomeNodes = { prefix: incomePrefix, find: findOwn(incomes.loadIncomes) };
  return {
    ...{ service, incomes },
    resolvers: [
      new WalletResolver(service, feed),
      new LedgerEntryResolver(subjects),
      new WalletIncomesResolver(incomes),
    ],
    nodes: [
      { prefix: walletPrefix, find: findViewers(service.loadWallets) },
      { prefix: entryPrefix, find: service.findEntry },
      incomeNodes,
    ],
    subjects: [incomeNodes],
    jobs: walletJobs(incomes),
    metrics: [ledgerMetrics, incomeMetrics],
    close: () => feed.close(),
  } satisfies Module & { service: WalletService; incomes: IncomesService };
}
