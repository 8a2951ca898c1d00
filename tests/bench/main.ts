import { writeFileSync } from "node:fs";
import { temporaryFolder } from "../support/temporary-folder.js";
import { type Environment, openEnvironment } from "./environment.js";
import { flameGraph, readProfile } from "./flame-graph.js";
import type { Measured } from "./measure.js";
import { type Options, readOptions } from "./options.js";
import { failuresOf, moreOf, type Series, tableOf, writeJson } from "./report.js";
import { createTask, measureRequests, others, task, videos, type Work } from "./requests.js";
import { measureSockets } from "./sockets.js";
import { creationStatement, measureStatement, taskStatement, videosStatement } from "./statements.js";
import { seedVideos } from "./users.js";
import { measurePairs, measureRawPairs } from "./wallet.js";

interface Contest {
  name: string;
  ours(): Promise<Measured>;
  ceiling?(): Promise<Measured>;
}

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
  const all: Record<string, Contest[]> = {
    b2: [requests(videos, videosStatement)],
    b3: [requests(task, taskStatement)],
    others: others.map((work) => requests(work)),
    b1: [requests(createTask, await creationStatement())],
    b5: [pairs("settle"), pairs("refund")],
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
    // First, while the server's memory is that of a server that has just started.
    const sockets = options.only.has("b4") ? [await measureSockets(env, options, say)] : [];
    const contests = await contestsOf(env, options);
    const fromUs = nowUs();
    const series: Series[] = contests.map(({ name }) => ({ name, ours: [], ceiling: [] }));
    for (let round = 1; round <= options.rounds; round++) {
      await env.logInAgain();
      for (const [n, { name, ours, ceiling }] of contests.entries()) {
        say(`round ${round} of ${options.rounds}: ${name}`);
        series[n]?.ours.push(await ours());
        if (ceiling) series[n]?.ceiling.push(await ceiling());
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
