import { expect, test } from "vitest";
import { runCommand } from "../support/command.js";

test.each([
  ["one host", "postgres://127.0.0.1:1/skyriff"],
  ["several hosts", "postgres://127.0.0.1:1,127.0.0.1:2/skyriff?target_session_attrs=read-write"],
])(
  "a command whose database is unavailable (%s) fails with a message, without a stack and without SQL",
  async (_, url) => {
    const settings = { DATABASE_URL: url, DATA_DIR: "/nonexistent" };
    const { code, stderr } = await runCommand(settings, "audit");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^The database is not available: .*ECONNREFUSED.*\n$/);
    expect(stderr).not.toMatch(/\n {4}at |select /);
  },
);
