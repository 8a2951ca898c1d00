import { describe, expect, test } from "vitest";
import { callCommand } from "../support/command.js";

describe("a command with a phone number in the wrong format says which format it needs", () => {
  const commands = [
    ["grant", "--credits", "1", "--reason", "thanks", "--phone", "13800138000"],
    ["ban", "--reason", "abuse", "--phone", "+86 138 0013 8000"],
    ["unban", "--phone", "0086138"],
    ["demo", "a cat", "--phone", "phone"],
  ];
  test.each(commands.map((args) => [args[0], args] as const))("%s", async (_, args) => {
    const { code, stderr } = await callCommand({}, ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/E\.164 form.*\+8613800138000/s);
  });
});
