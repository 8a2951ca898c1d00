import { Command } from "commander";
import { type Stray, tidyFiles } from "../stored-files.js";
import { type CommandTools, withDatabase } from "../with-database.js";

export function tidyCommand(): Command {
  return new Command("tidy")
    .description("Removes stored files that no row names and that are older than a day.")
    .action(() => withDatabase(tidy));
}

const lines: Record<Stray["fate"], (key: string) => string> = {
  removed: (key) => `removed ${key}`,
  "younger-than-a-day": (key) => `left ${key}: it is younger than a day`,
  foreign: (key) => `left ${key}: this is no name of ours; look at it and remove it by hand`,
};

async function tidy(tools: CommandTools): Promise<void> {
  const counts = { removed: 0, left: 0 };
  for await (const { key, fate } of tidyFiles(tools)) {
    counts[fate === "removed" ? "removed" : "left"] += 1;
    process.stdout.write(`${lines[fate](key)}\n`);
  }
  process.stdout.write(`Files removed: ${counts.removed}, left: ${counts.left}.\n`);
}
