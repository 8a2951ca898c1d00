import { randomUUID } from "node:crypto";
import { basename, join, relative, sep } from "node:path";
import {
  CreateTaskDocument,
  DownloadNoWatermarkDocument,
  LoginDocument,
  RequestLoginCodeDocument,
  StatementDocument,
  TaskDocument,
  TaskStatusDocument,
  type TaskStatusSubscription,
  UploadMediaDocument,
  WalletDocument,
} from "../../generated/operations.js";
import { CommandFailed } from "../fail.js";
import type { DemoClient } from "./demo-client.js";
import { newProgress } from "./progress.js";
import { saveFile } from "./save-file.js";
import { statementTable } from "./statement-table.js";

export interface DemoOrder {
  prompt: string;
  durationSec: number;
  ratio: "RATIO_9_16" | "RATIO_16_9" | "RATIO_1_1";
  model: string;
  hd: boolean;
  /** A picture that the video starts from. */
  imagePath: string | null;
}

type FollowedTask = TaskStatusSubscription["taskStatus"];

const say = (text: string) => process.stdout.write(`${text}\n`);

export async function logIn(client: DemoClient, phone: string, code: () => Promise<string>): Promise<void> {
  await client.ask(RequestLoginCodeDocument, { input: { phone } });
  const { login } = await client.ask(LoginDocument, { input: { phone, code: await code() } });
  client.token = login.accessToken;
  say(`✓ logged in as ${login.user.nickname} (${login.user.phone})${login.isNewUser ? ", a new user" : ""}`);
  const { wallet } = await client.ask(WalletDocument, {});
  say(`✓ ${wallet.credits} credits in the wallet`);
}

/** From the order to the two files and the statement; throws CommandFailed at the first step that fails. */
export async function runDemo(client: DemoClient, order: DemoOrder, folder: string): Promise<void> {
  const { imagePath, ...settings } = order;
  const referenceImageId = imagePath && (await uploadImage(client, imagePath));
  const input = { ...settings, referenceImageId, idempotencyKey: randomUUID() };
  const { createTask } = await client.ask(CreateTaskDocument, { input });
  const { id, costCredits } = createTask.task;
  say(`✓ ordered "${order.prompt}": ${costCredits} credits held, ${createTask.wallet.credits} free`);

  const task = await follow(client, id);
  if (task.status !== "SUCCESS" || !task.video) return reportFailure(client, id);
  say(`✓ ready: ${task.video.width}x${task.video.height}, ${task.durationSec} s`);

  const previewPath = join(folder, "preview.mp4");
  const cleanPath = join(folder, "clean.mp4");
  const preview = await saveFile(task.video.previewUrl, previewPath);
  say("✓ watermarked preview saved, free of charge");
  const { downloadNoWatermark } = await client.ask(DownloadNoWatermarkDocument, {
    input: { videoId: task.video.id, idempotencyKey: randomUUID() },
  });
  const clean = await saveFile(downloadNoWatermark.downloadUrl, cleanPath);
  if (clean.sha256 !== task.video.sha256 || clean.byteSize !== task.video.byteSize) {
    throw new CommandFailed("The clean file is not the one that was promised: its checksum differs.");
  }
  if (preview.sha256 === clean.sha256)
    throw new CommandFailed("The preview has no watermark: both files are the same.");
  say(`✓ clean file saved for ${downloadNoWatermark.costCredits} credits, its checksum is right`);

  await printStatement(client);
  say(`\n  ${shown(previewPath)}\n  ${shown(cleanPath)}`);
}

async function uploadImage(client: DemoClient, path: string): Promise<string> {
  const { uploadMedia } = await client.upload(UploadMediaDocument, path);
  const { id, width, height } = uploadMedia.media;
  say(`✓ uploaded ${basename(path)}: ${width}x${height}`);
  return id;
}

/** As short as it can be typed from here. */
function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith(`..${sep}`) ? path : fromHere;
}

async function follow(client: DemoClient, taskId: string): Promise<FollowedTask> {
  const progress = newProgress(process.stdout);
  let latest: FollowedTask | null = null;
  try {
    for await (const { taskStatus } of client.subscribe(TaskStatusDocument, { taskId })) {
      latest = taskStatus;
      progress.show(taskStatus);
    }
  } finally {
    progress.end();
  }
  if (!latest) throw new CommandFailed("The subscription ended without a word.");
  return latest;
}

async function reportFailure(client: DemoClient, id: string): Promise<never> {
  const { task } = await client.ask(TaskDocument, { id });
  if (task?.refunded) say(`✓ the ${task.costCredits} credits have come back`);
  await printStatement(client);
  const reason = task?.failure ? `${task.failure.message} (${task.failure.code})` : `it is ${task?.status}`;
  throw new CommandFailed(`No video came of it: ${reason}`);
}

async function printStatement(client: DemoClient): Promise<void> {
  const { wallet } = await client.ask(StatementDocument, { first: 20 });
  say(`\n${statementTable(wallet.entries.nodes)}`);
  say(`\n  ${wallet.credits} credits free, ${wallet.heldCredits} held`);
}
