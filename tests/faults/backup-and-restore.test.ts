import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DownloadNoWatermarkDocument } from "../../src/generated/operations.js";
import type { SandboxVendor } from "../../src/vendors/sandbox/index.js";
import { Client } from "../support/client.js";
import { runCommand } from "../support/command.js";
import { freshDatabase } from "../support/database.js";
import { fixedCode, openProduct, settingsFor, smallFilms, startSandbox } from "../support/product.js";
import { describeWithVersion } from "../support/programs.js";
import { ServerProcess } from "../support/server-process.js";
import { audit, create, credits, ended, readTask } from "../support/tasks.js";
import { until } from "../support/until.js";

const run = promisify(execFile);
let sandbox: SandboxVendor;
let folder: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  folder = mkdtempSync(join(tmpdir(), "skyriff-backup-"));
});
afterAll(async () => {
  await ServerProcess.killAll();
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A backup must bring all of this back: a video that was paid for, one that is being made, one that waits. */
async function liveIn(client: Client) {
  const { video } = await ended(client, await create(client, { prompt: "made before" }));
  // The vendor takes it only after the restore: a copy cannot know of what is sent after it was made. Nor may it be
  // made while a task is being submitted, so the next try is far enough away.
  sandbox.control.enableFault("429:10", { match: "waiting its turn" });
  const waiting = await create(client, { prompt: "waiting its turn" });
  await until("its rejection", () =>
    sandbox.control.tasks().some(({ prompt }) => prompt === "waiting its turn"),
  );
  const underWay = await create(client, { prompt: "under way [fault:success-late:6000]" });
  // A copy that is made while a task is being submitted has to take its outcome for unknown.
  await until("its submission", async () => (await readTask(client, underWay)).submittedAt);
  return { videoId: video?.id as string, underWay, waiting };
}

async function expectItAll(
  client: Client,
  { videoId, underWay, waiting }: Awaited<ReturnType<typeof liveIn>>,
) {
  sandbox.control.clearFaults();
  for (const id of [underWay, waiting])
    expect(await ended(client, id)).toMatchObject({ status: "SUCCESS", failure: null });
  const { downloadNoWatermark } = await client.request(DownloadNoWatermarkDocument, { input: { videoId } });
  expect((await fetch(downloadNoWatermark.downloadUrl)).status).toBe(200);
  expect(await credits(client)).toEqual({ free: 100 - 3 * 10 - 6, held: 0 });
  for (const { timesTaken } of sandbox.control.tasks()) expect(timesTaken).toBeLessThanOrEqual(1);
}

test("the embedded database is copied while in use, and a server started on the copy continues its tasks", async () => {
  const { DATABASE_URL: _, ...settings } = settingsFor({ databaseUrl: "", dataDir: "", sandbox });
  const at = (name: string) => ({
    ...settings,
    MODEL_CATALOG: smallFilms(folder),
    DATA_DIR: join(folder, name),
  });
  const skyriff = (name: string, ...args: string[]) => runCommand(at(name), ...args);

  const first = await ServerProcess.start(at("first"));
  const client = first.client();
  await client.logIn("+8613800138000", fixedCode);
  const life = await liveIn(client);
  const other = first.client();
  await other.logIn("+8613800138001", fixedCode);
  let copied = false;
  const load = (async () => {
    // One after the other: each gives back its credits before the next one needs them.
    for (let n = 0; !copied; n++) await ended(other, await create(other, { prompt: `[fault:reject] ${n}` }));
  })();
  const { stdout } = await skyriff("first", "backup", join(folder, "copy"));
  copied = true;
  await load;
  expect(stdout).toBe(`The backup is in ${join(folder, "copy")}.\n`);
  expect(await skyriff("first", "backup", join(folder, "copy"))).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("is there and not empty"),
  });
  await first.kill("SIGKILL");

  const second = await ServerProcess.start(at("copy"));
  // The secret came along, so the token is good there too.
  Object.assign(client, { url: second.url });
  await expectItAll(client, life);
  expect(await second.kill("SIGTERM")).toEqual({ code: 0, signal: null });
  expect((await skyriff("copy", "audit")).stdout).toBe("Every invariant holds.\n");
});

describeWithVersion("pg_dump", 18, "a dump of a database that works", () => {
  test("a server started on a restored database continues its tasks", async () => {
    const [full, empty] = [await freshDatabase(), await freshDatabase({ empty: true })];
    const dataDir = join(folder, "dumped");
    const on = ({ url }: { url: string }) =>
      openProduct({
        ...settingsFor({ databaseUrl: url, dataDir, sandbox }),
        MODEL_CATALOG: smallFilms(folder),
      });
    const first = await on(full);
    const client = new Client(first.url);
    await client.logIn("+8613800138000", fixedCode);
    const life = await liveIn(client);
    const file = join(folder, "skyriff.dump");
    await run("pg_dump", ["--format=custom", `--file=${file}`, full.url]);
    await first.close();

    await run("pg_restore", ["--exit-on-error", "--no-owner", `--dbname=${empty.url}`, file]);
    const second = await on(empty);
    Object.assign(client, { url: second.url });
    await expectItAll(client, life);
    expect(await audit(second)).toEqual([]);
    await second.close();
    await Promise.all([full.drop(), empty.drop()]);
  });
});
