import { mkdirSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { licensesPage } from "../../app/licenses-page.js";
import { printApi } from "../../app/schema.js";
import { configurationPage, envExample } from "../../app/settings-docs.js";

export function generateCommand(): Command {
  return new Command("generate")
    .description(
      "Writes what is made from the code: the SDL, the settings' manual, .env.example and the licenses.",
    )
    .action(async () => {
      mkdirSync("docs", { recursive: true });
      writeFileSync("schema/schema.graphql", await printApi());
      writeFileSync("docs/configuration.md", configurationPage());
      writeFileSync(".env.example", envExample());
      writeFileSync("docs/licenses.md", licensesPage());
    });
}
