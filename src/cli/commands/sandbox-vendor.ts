import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { processConfig } from "../../app/config.js";
import { loggerFor } from "../../app/run-server.js";
import { Shutdown, shutdownOnSignals } from "../../app/shutdown.js";
import { findFfmpegPath } from "../../platform/ffmpeg/ffmpeg-path.js";
import { startSandboxVendor } from "../../vendors/sandbox/index.js";
import { CommandFailed } from "../fail.js";

export function sandboxVendorCommand(): Command {
  return new Command("sandbox-vendor")
    .description("Runs the sandbox vendor alone: a real HTTP server that makes real videos.")
    .option("--webhook-url <url>", "whom the OpenAI protocol's webhooks tell how tasks end")
    .option("--port <n>", "the port to listen on; 0 takes a free one", portNumber, 4010)
    .action(runSandbox);
}

async function runSandbox({ port, webhookUrl }: { port: number; webhookUrl?: string }): Promise<void> {
  const config = processConfig();
  const [secret] = config.OPENAI_WEBHOOK_SECRET ?? [];
  if (webhookUrl && !secret)
    throw new CommandFailed("Webhooks are signed: set OPENAI_WEBHOOK_SECRET, as for the server.");
  const logger = await loggerFor(config);
  const closers = new Shutdown(logger);
  shutdownOnSignals(() => closers.close(), logger);
  const sandbox = await startSandboxVendor({
    port,
    durationMs: config.SANDBOX_DURATION_MS,
    apiKey: [config.DYUAPI_API_KEY, config.OPENAI_API_KEY].filter((key) => key !== undefined),
    ...(webhookUrl && secret && { webhook: { url: webhookUrl, secret } }),
    ffmpegPath: await findFfmpegPath({ setting: config.FFMPEG_PATH, searchPath: config.searchPath }),
    workDir: join(tmpdir(), `skyriff-sandbox-${process.pid}`),
    logger,
  });
  closers.onShutdown("the sandbox vendor", () => sandbox.close());
  logger.info(`sandbox vendor at ${sandbox.url}, for OpenAI's protocol ${sandbox.baseUrlFor("openai")}`);
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError("It must be 0 to 65535.");
  return port;
}
