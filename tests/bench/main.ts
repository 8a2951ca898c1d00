import { writeFileSync } from "node:fs";
import { seedManyWorks } from "../support/many-works.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import {
  feedFirstPage,
  following,
  measureLikes,
  measurePaced,
  measurePublishing,
  measureTenthPage,
  newestWorks,
  takeBackPublished,
} from "./community.js";
import {
  feedStatement,
  followingStatement,
  likeStatement,
  publishStatement,
  storePublishedFiles,
} from "./community-statements.js";
import { type Environment, openEnvironment } from "./environment.js";
import { flameGraph, readProfile } from "./flame-graph.js";
import type { Measured } from "./measure.js";
import { type Options, readOptions } from "./options.js";
import {
  measureRelease,
  measureTips,
  measureUnlocks,
  openWallets,
  pairsOf,
  tipStatement,
  unlockStatement,
} from "./payments.js";
import { failuresOf, moreOf, type Series, tableOf, writeJson } from "./report.js";
import { createTask, measureRequests, others, task, videos, type Work } from "./requests.js";
import { measureSockets } from "./sockets.js";
import { creationStatement, measureStatement, taskStatement, videosStatement } from "./statements.js";
import { seedVideos, userIdOf } from "./users.js";
import { measurePairs, measureRawPairs } from "./wallet.js";

interface Contest {
  name: string;
  ours(): Promise<Measured>;
  ceiling?(): Promise<Measured>;
  after?(): Promise<void>;
}

const usesWorks = ({ only }: Options) =>
  ["b9", "b10", "b11", "b12", "b13", "b14", "b15", "b16"].some((name) => only.has(name));

/** In each round, right after each other: what else the machine does meets both. */
async function contestsOf(env: Environment, options: Options): Promise<Contest[]> {
  const requests = (work: Work, statement?: Parameters<typeof measureStatement>[2]): Contest => ({
    name: work.name,
    ours: () => measureRequests(env, options, work),
    ceiling: statement && (() => measureStatement(env, options, statement)),
  });
  const pairs = (how: "settle" | "refund"): Contest => ({
    name: `B5 hold + ${how}`,
    ours: () => measurePairs(env, options, how),
    ceiling: () => measureRawPairs(env, options, how),
  });
  const newest = usesWorks(options) ? await newestWorks(env) : [];
  if (options.only.has("b12")) storePublishedFiles(env);
  const likes = (which: string, workIds: string[]): Contest => ({
    name: `B11 LikeWork, ${which}`,
    ours: () => measureLikes(env, options, workIds),
    ceiling: () => measureStatement(env, options, likeStatement(workIds)),
  });
  const tips = (name: string, which: string, workIds: string[]): Contest => ({
    name: `${name} TipWork, ${which}`,
    ours: () => measureTips(env, options, workIds),
    ceiling: () => measureStatement(env, options, tipStatement(env, workIds)),
  });
  const nextPair = pairsOf(env, newest);
  const all: Record<string, Contest[]> = {
    b2: [requests(videos, videosStatement)],
    b3: [requests(task, taskStatement)],
    others: others.map((work) => requests(work)),
    b1: [requests(createTask, creationStatement())],
    b5: [pairs("settle"), pairs("refund")],
    b9: [
      requests(feedFirstPage, feedStatement),
      { name: "B9 Feed, tenth page", ours: () => measureTenthPage(env, options) },
    ],
    b10: [
      requests(following, followingStatement),
      { name: "B10 paced, 200 per s", ours: () => measurePaced(env, options, following, 200) },
    ],
    b11: [likes("one work", newest.slice(0, 1)), likes("1,000 works", newest)],
    b12: [
      {
        name: "B12 PublishWork",
        ours: () => measurePublishing(env, options),
        ceiling: () => measureStatement(env, options, publishStatement(env)),
        after: () => takeBackPublished(env),
      },
    ],
    b13: [tips("B13", "1,000 creators", newest)],
    b14: [tips("B14", "one creator", newest.slice(0, 1))],
    b15: [
      {
        name: "B15 UnlockPrompt",
        ours: () => measureUnlocks(env, options, nextPair),
        ceiling: () => measureStatement(env, options, unlockStatement(env, nextPair)),
      },
    ],
    b16: [{ name: "B16 release of 100,000 incomes", ours: () => measureRelease(env) }],
  };
  return Object.entries(all).flatMap(([name, contests]) => (options.only.has(name) ? contests : []));
}

/** The clock of V8's profiles. */
function nowUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

async function run(options: Options): Promise<void> {
  const say = (text: string) => process.stderr.write(`${text}\n`);
  say("starting PostgreSQL and the server, logging users in");
  const folder = options.flame ? await temporaryFolder() : null;
  const env = await openEnvironment({ profileTo: folder?.path ?? null });
  try {
    say(`storing ${options.videos} videos`);
    await seedVideos(env.sql, env.users, options.videos);
    if (usesWorks(options)) {
      say(`storing ${options.works} works`);
      await seedManyWorks(env.sql, {
        ...{ works: options.works, authors: 10_000, followsPerUser: 500 },
        followers: env.users.map(userIdOf),
      });
      await openWallets(env.sql);
    }
    // First, while the server's memory is that of a server that has just started.
    const sockets = options.only.has("b4") ? [await measureSockets(env, options, say)] : [];
    const contests = await contestsOf(env, options);
    const fromUs = nowUs();
    const series: Series[] = contests.map(({ name }) => ({ name, ours: [], ceiling: [] }));
    for (let round = 1; round <= options.rounds; round++) {
      await env.logInAgain();
      for (const [n, { name, ours, ceiling, after }] of contests.entries()) {
        say(`round ${round} of ${options.rounds}: ${name}`);
        series[n]?.ours.push(await ours());
        if (ceiling) series[n]?.ceiling.push(await ceiling());
        await after?.();
      }
    }
    const toUs = nowUs();
    series.push(...sockets);
    process.stdout.write(`\n${tableOf(series)}\n\n${moreOf(series)}\n`);
    for (const failure of failuresOf(series)) {
      say(`failed: ${failure}`);
      process.exitCode = 1;
    }
    say(`written to ${writeJson(series, options)}`);
    if (options.flame && folder) {
      await env.endServer();
      const title = contests.map(({ name }) => name).join(", ");
      writeFileSync(options.flame, flameGraph(readProfile(folder.path), title, { fromUs, toUs }));
    }
  } finally {
    await env.stop();
    await folder?.remove();
  }
}

await run(readOptions(process.argv.slice(2)));
