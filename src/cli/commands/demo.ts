import { access, constants, mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { Command, InvalidArgumentError, Option } from "commander";
import { processConfig } from "../../app/config.js";
import { ApiClient } from "../demo/api-client.js";
import { playCommunityStory } from "../demo/community-story.js";
import { demoLoginCode, withDemoServer } from "../demo/demo-server.js";
import { publishVideo, showFeedWith } from "../demo/publish-video.js";
import { type DemoOrder, logIn, runDemo } from "../demo/run-demo.js";
import { CommandFailed } from "../fail.js";
import { e164 } from "../phone-option.js";

interface DemoOptions {
  url?: string;
  code?: string;
  phone: string;
  out: string;
  duration: number;
  ratio: "9:16" | "16:9" | "1:1";
  model: string;
  hd: boolean;
  image?: string;
  publish: boolean;
  community: boolean;
}

export function demoCommand(): Command {
  return new Command("demo")
    .description("Does the main job end to end: login, an order, live progress, two files, the statement.")
    .argument("[prompt]", "what the video shows", "a cat running on grass")
    .option("--url <url>", "use a running server instead of starting one")
    .option("--phone <e164>", "log in with this phone number", e164, "+8613800138000")
    .option("--code <digits>", "the login code; else SMS_FIXED_CODE, else it is asked for")
    .option("--out <folder>", "where the files go", "demo-output")
    .option("--duration <seconds>", "how long the video is", seconds, 10)
    .addOption(new Option("--ratio <ratio>", "its shape").choices(["9:16", "16:9", "1:1"]).default("9:16"))
    .option("--model <id>", "which model makes it", "sora2")
    .option("--hd", "in hd, where the model offers it", false)
    .option("--image <file>", "a JPEG, PNG or WebP that the video starts from")
    .option("--publish", "also publishes the video and shows the feed with it", false)
    .addOption(
      new Option("--community", "three people instead: publish, tip, unlock, remix of a remix, and the audit")
        .default(false)
        .conflicts(["url", "publish"]),
    )
    .action(demo);
}

async function demo(prompt: string, options: DemoOptions): Promise<void> {
  const order: DemoOrder = {
    prompt,
    durationSec: options.duration,
    ratio: `RATIO_${options.ratio.replace(":", "_")}` as DemoOrder["ratio"],
    model: options.model,
    hd: options.hd,
    imagePath: options.image === undefined ? null : await readableFile(options.image),
  };
  const folder = await outputFolder(options.out);
  if (options.url) {
    const client = new ApiClient(serverAddress(options.url));
    await logIn(client, options.phone, () => loginCode(options));
    return makeVideo(client, order, folder, options);
  }
  await withDemoServer(async ({ url, db }) => {
    process.stdout.write(`✓ server started at ${url}\n`);
    if (options.community) return playCommunityStory({ url, db }, order);
    const client = new ApiClient(url);
    await logIn(client, options.phone, async () => demoLoginCode);
    await makeVideo(client, order, folder, options);
  });
}

async function makeVideo(
  client: ApiClient,
  order: DemoOrder,
  folder: string,
  { publish }: DemoOptions,
): Promise<void> {
  const videoId = await runDemo(client, order, folder);
  if (!publish) return;
  process.stdout.write("\n");
  const workId = await publishVideo(client, videoId, order.prompt);
  await showFeedWith(client, workId);
}

/** Checked before the order, so that no video is paid for that cannot be saved. */
async function outputFolder(path: string): Promise<string> {
  const folder = resolve(path);
  await mkdir(folder, { recursive: true }).catch((error: Error) => {
    throw new CommandFailed(`The files cannot be saved in ${folder}: ${error.message}`);
  });
  return folder;
}

async function readableFile(path: string): Promise<string> {
  await access(path, constants.R_OK).catch(() => {
    throw new CommandFailed(`There is no picture at ${path} that can be read.`);
  });
  return path;
}

/** Accepts the address of the API as well as that of the server. */
function serverAddress(url: string): string {
  return url.replace(/\/+$/, "").replace(/\/graphql$/, "");
}

async function loginCode({ code }: DemoOptions): Promise<string> {
  const known = code ?? processConfig().SMS_FIXED_CODE;
  if (known) return known;
  if (!process.stdin.isTTY)
    throw new CommandFailed("Give the login code with --code: there is no terminal to ask on.");
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question("The login code that was sent: ")).trim();
  } finally {
    terminal.close();
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError("It must be a whole number of seconds.");
  return value;
}
