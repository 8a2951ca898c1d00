import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";

// The command builds dist if it is stale.
beforeAll(() => promisify(execFile)(process.execPath, ["src/cli/bin.mjs", "--help"]));

const prelude = `
  import { createLogger } from "./dist/platform/observability/logger.js";
  const log = await createLogger({ level: "info", pretty: false });
  const say = (count) => { for (let n = 0; n < count; n++) log.info({ n }, "said"); };
`;

/** The numbers that a logging process wrote to its standard output, and its exit code. */
async function logged(script: string): Promise<{ numbers: number[]; code: number | null }> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", prelude + script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  const lines = output.split("\n").filter(Boolean);
  return { numbers: lines.map((line) => (JSON.parse(line) as { n: number }).n), code: code as number | null };
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

test.each([
  ["ends by itself", "say(COUNT);", 0],
  ["exits", "say(COUNT); process.exit(3);", 3],
  ["exits a moment later", "say(COUNT); setImmediate(() => process.exit(3));", 3],
  ["ends with an uncaught error", "say(COUNT); throw new Error('a bug');", 1],
])("a process that %s has written every line completely and in order", async (_, script, code) => {
  for (const count of [1, 500]) {
    const found = await logged(script.replace("COUNT", String(count)));
    expect(found).toEqual({ numbers: upTo(count), code });
  }
});

test("a line is written even if no other follows", async () => {
  const script = `say(1); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", prelude + script], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [first] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGKILL");
  expect(JSON.parse(first.toString())).toMatchObject({ n: 0, msg: "said" });
});
