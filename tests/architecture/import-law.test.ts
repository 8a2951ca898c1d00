import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test("nothing imports backwards, and there are no loops", async () => {
  const args = ["src", "--config", "tests/architecture/import-law.cjs", "--output-type", "err"];
  const result = await run("node_modules/.bin/depcruise", args).catch((error: { stdout: string }) => error);
  expect(result.stdout).toContain("no dependency violations found");
});

test("the environment is read in one place", () => {
  // The studio's build is no part of the server.
  const readers = globSync("src/**/*.ts").filter(
    (file) => file !== "src/studio/vite.config.ts" && readFileSync(file, "utf8").includes("process.env"),
  );
  expect(readers).toEqual(["src/app/config.ts"]);
});

test("only the ledger's own folder writes ledger rows", () => {
  const writers = globSync("src/**/*.ts").filter((file) => {
    const text = readFileSync(file, "utf8");
    return /insert into ledger_transfers|insert\(ledgerTransfers\)|update wallets|insert into wallets/i.test(
      text,
    );
  });
  const elsewhere = writers.filter((file) => !file.startsWith("src/modules/wallet/ledger/"));
  expect(elsewhere).toEqual([]);
  expect(writers).not.toEqual([]);
});
