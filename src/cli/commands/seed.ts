import { Command, InvalidArgumentError } from "commander";
import { processConfig, processEnvironment } from "../../app/config.js";
import { createApp } from "../../app/create-app.js";
import { loggerFor } from "../../app/run-server.js";
import { Shutdown } from "../../app/shutdown.js";
import { CommandFailed } from "../fail.js";
import { runSeed, type SeedOptions } from "../seed/run-seed.js";

const usersMax = 2_000;
const worksMax = 10_000;

export function seedCommand(): Command {
  return new Command("seed")
    .description(
      "Adds people, published works, follows and reactions for development, the same for the same seed. " +
        "A server may be running. Refused with NODE_ENV=production.",
    )
    .option("--users <n>", `people, 1 to ${usersMax}`, wholeNumber(1, usersMax), 50)
    .option("--works <n>", `published works, 0 to ${worksMax}`, wholeNumber(0, worksMax), 200)
    .option("--seed <n>", "another number gives other people and works", wholeNumber(0, 2 ** 31 - 1), 1)
    .action(seed);
}

async function seed(options: SeedOptions): Promise<void> {
  if (processEnvironment().NODE_ENV === "production")
    throw new CommandFailed(
      "seed adds invented people and works, so it does not run with NODE_ENV=production.",
    );
  // Of an author of many works, the quota would refuse some.
  const config = processConfig({ LOG_LEVEL: "warn", WORKS_PER_DAY: String(worksMax) });
  const logger = await loggerFor(config);
  const shutdown = new Shutdown(logger);
  try {
    const app = await createApp(config, { database: "join", worker: false }, logger, shutdown);
    await runSeed(app, options);
  } finally {
    await shutdown.close();
  }
}

function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const value = /^\d+$/.test(text) ? Number(text) : -1;
    if (value < min || value > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}
