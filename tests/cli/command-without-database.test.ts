import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

test.each([
  ["one host", "postgres://127.0.0.1:1/skyriff"],
  ["several hosts", "postgres://127.0.0.1:1,127.0.0.1:2/skyriff?target_session_attrs=read-write"],
])(
  "a command whose database is unavailable (%s) fails with a message, without a stack and without SQL",
  async (_, url) => {
    const env = { ...process.env, DATABASE_URL: url, DATA_DIR: "/nonexistent" };
    const command = ["src/cli/bin.mjs", "audit"];
    const { code, stderr } = (await run(process.execPath, command, { env }).catch(
      (error: unknown) => error,
    )) as { code: number; stderr: string };
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database is not available: .*ECONNREFUSED.*\n$/);
    expect(stderr).not.toMatch(/\n {4}at |select /);
  },
);
