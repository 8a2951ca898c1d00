import { Command } from "commander";
import { runServer } from "../../app/run-server.js";

export function workerCommand(): Command {
  return new Command("worker")
    .description("Runs a worker: calls vendors, follows tasks, brings videos home.")
    .action(() => runServer({ api: false, worker: true }));
}
