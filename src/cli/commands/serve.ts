import { Command } from "commander";
import { runServer } from "../../app/run-server.js";

export function serveCommand(): Command {
  return new Command("serve")
    .description("Runs the API and, unless told otherwise, a worker in the same process.")
    .option("--no-worker", "only take requests; run `skyriff worker` elsewhere")
    .action(({ worker }: { worker: boolean }) => runServer({ api: true, worker }));
}
