import { findFfmpegPath } from "../../src/platform/ffmpeg/ffmpeg-path.js";
import {
  type SandboxOptions,
  type SandboxVendor,
  startSandboxVendor,
} from "../../src/vendors/sandbox/index.js";

/** A second sandbox vendor that speaks OpenAI's protocol, and the settings for it. */
export async function startOpenaiVendor(
  options: Partial<SandboxOptions> = {},
): Promise<{ sandbox: SandboxVendor; settings: Record<string, string> }> {
  const apiKey = "openai-key-of-the-tests";
  const sandbox = await startSandboxVendor({
    port: 0,
    durationMs: 600,
    apiKey,
    ffmpegPath: await findFfmpegPath({ setting: undefined, searchPath: process.env.PATH }),
    oneFilmForAll: true,
    ...options,
  });
  const settings = { OPENAI_BASE_URL: sandbox.baseUrlFor("openai"), OPENAI_API_KEY: apiKey };
  return { sandbox, settings };
}

/** How often a vendor received a prompt, and how often it accepted it. Each accepted one would be paid for. */
export function seenBy(sandbox: SandboxVendor, prompt: string): { times: number; taken: number } {
  const found = sandbox.control.tasks().filter((submission) => submission.prompt === prompt);
  return {
    times: found.reduce((sum, submission) => sum + submission.timesSeen, 0),
    taken: found.reduce((sum, submission) => sum + submission.timesTaken, 0),
  };
}
