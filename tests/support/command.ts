import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Command, CommanderError } from "commander";
import { vi } from "vitest";
import { failureText } from "../../src/cli/fail.js";
import { createProgram } from "../../src/cli/program.js";

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The whole environment of a process of the product. Node.js reuses compiled code, so processes start faster. */
export function processEnv(settings: Record<string, string>): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, NODE_COMPILE_CACHE: join(tmpdir(), "skyriff-compile-cache"), ...settings };
}

/** Runs a command of `skyriff` to its end, in a separate process. */
export function runCommand(
  settings: Record<string, string>,
  ...args: readonly string[]
): Promise<CommandResult> {
  const options = { env: processEnv(settings) };
  return new Promise((done) => {
    execFile(process.execPath, ["src/cli/bin.mjs", ...args], options, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

// Each command listens for the end of its process, which is that of many here.
process.setMaxListeners(100);

/**
 * Runs a command of `skyriff` in this process, which saves the start of another one. Not for two at once, and
 * not for commands that run servers.
 */
export async function callCommand(
  settings: Record<string, string>,
  ...args: readonly string[]
): Promise<CommandResult> {
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      output[stream] += text;
      return true;
    });
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  const { exitCode } = process;
  process.exitCode = undefined;
  try {
    await throwing(createProgram()).parseAsync(args, { from: "user" });
    return { ...output, code: Number(process.exitCode ?? 0) };
  } catch (error) {
    if (error instanceof CommanderError) return { ...output, code: error.exitCode };
    return { ...output, code: 1, stderr: `${failureText(error)}\n` };
  } finally {
    process.exitCode = exitCode;
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
}

/** It and the commands below it throw a CommanderError where they would exit. */
function throwing(command: Command): Command {
  command.commands.forEach(throwing);
  return command.exitOverride();
}
