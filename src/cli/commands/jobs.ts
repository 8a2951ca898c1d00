import { Command, InvalidArgumentError } from "commander";
import { type DeadLetter, DeadLetters } from "../../platform/jobs/dead-letters.js";
import { CommandFailed } from "../fail.js";
import { withDatabase } from "../with-database.js";

interface Which {
  all?: boolean;
}

export function jobsCommand(): Command {
  const command = new Command("jobs").description(
    "The dead letters: jobs that failed as often as they may. No credits hang on them.",
  );
  command
    .command("list", { isDefault: true })
    .description("Shows them, the oldest first.")
    .option("--json", "one JSON object a line")
    .action((options: { json?: boolean }) => withDeadLetters((letters) => list(letters, options)));
  command
    .command("retry")
    .description("Puts them back into their queues, with all their tries.")
    .argument("[ids...]", "as the list shows them", jobIds)
    .option("--all", "every one there is")
    .action((ids: string[], which: Which) =>
      withDeadLetters(async (letters) =>
        say("put back", await letters.retry(await chosen(letters, ids, which))),
      ),
    );
  command
    .command("drop")
    .description("Forgets them.")
    .argument("[ids...]", "as the list shows them", jobIds)
    .option("--all", "every one there is")
    .action((ids: string[], which: Which) =>
      withDeadLetters(async (letters) =>
        say("dropped", await letters.drop(await chosen(letters, ids, which))),
      ),
    );
  return command;
}

function withDeadLetters(act: (letters: DeadLetters) => Promise<void>): Promise<void> {
  return withDatabase(async ({ db, bus }) => {
    const letters = await DeadLetters.open(db, bus);
    try {
      await act(letters);
    } finally {
      await letters.close();
    }
  });
}

async function list(letters: DeadLetters, { json }: { json?: boolean }): Promise<void> {
  const found = await letters.list();
  for (const letter of found) process.stdout.write(`${json ? JSON.stringify(letter) : describe(letter)}\n`);
  if (found.length === 0 && !json) process.stdout.write("There are no dead letters.\n");
}

function describe({ id, queue, payload, runs, failedAt, error }: DeadLetter): string {
  return `${id}  ${queue}  ${failedAt.toISOString()}  ${runs} runs  ${JSON.stringify(payload)}\n    ${error.slice(0, 500)}`;
}

async function chosen(letters: DeadLetters, ids: string[], { all }: Which): Promise<string[]> {
  if (all) return (await letters.list()).map(({ id }) => id);
  if (ids.length === 0) throw new CommandFailed("Name the jobs by their ids, or say --all.");
  return ids;
}

function say(what: string, count: number): void {
  process.stdout.write(`${count} ${count === 1 ? "job was" : "jobs were"} ${what}.\n`);
}

function jobIds(text: string, earlier: string[] = []): string[] {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text)) {
    throw new InvalidArgumentError("It must be a job's id.");
  }
  return [...earlier, text];
}
