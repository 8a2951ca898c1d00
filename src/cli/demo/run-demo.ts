import { randomUUID } from "node:crypto";
import { openAsBlob } from "node:fs";
import { basename, join, relative, sep } from "node:path";
import {
  CreateTaskDocument,
  DownloadNoWatermarkDocument,
  DownloadTermsDocument,
  StatementDocument,
  TaskDocument,
  UploadMediaDocument,
  WalletDocument,
} from "../../generated/operations.js";
import { CommandFailed } from "../fail.js";
import type { ApiClient } from "./api-client.js";
import { type FollowedTask, followTask } from "./follow-task.js";
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

type FinishedTask = FollowedTask & { video: NonNullable<FollowedTask["video"]> };

const say = (text: string) => process.stdout.write(`${text}\n`);

export async function logIn(client: ApiClient, phone: string, code: () => Promise<string>): Promise<void> {
  const { user, isNewUser } = await client.logIn(phone, code);
  say(`✓ logged in as ${user.nickname} (${user.phone})${isNewUser ? ", a new user" : ""}`);
  const { wallet } = await client.request(WalletDocument, {});
  say(`✓ ${wallet.credits} credits in the wallet`);
}

/** Throws CommandFailed if no video comes of it. */
export async function orderVideo(client: ApiClient, order: DemoOrder): Promise<FinishedTask> {
  const { imagePath, ...settings } = order;
  const referenceImageId = imagePath && (await uploadImage(client, imagePath));
  const input = { ...settings, referenceImageId, idempotencyKey: randomUUID() };
  const { createTask } = await client.request(CreateTaskDocument, { input });
  const { id, costCredits } = createTask.task;
  say(`✓ ordered "${order.prompt}": ${costCredits} credits held, ${createTask.wallet.credits} free`);

  return finish(client, id);
}

/** Follows a task to its video. Throws CommandFailed if none comes of it. */
export async function finish(client: ApiClient, taskId: string): Promise<FinishedTask> {
  const task = await followTask(client, taskId);
  const { status, video, durationSec } = task;
  if (status !== "SUCCESS" || !video) return reportFailure(client, taskId);
  say(`✓ ready: ${video.width}x${video.height}, ${durationSec} s`);
  return { ...task, video };
}

/**
 * From the order to the two files and the statement. Returns the video's id. Throws CommandFailed at the first step that
 * fails.
 */
export async function runDemo(client: ApiClient, order: DemoOrder, folder: string): Promise<string> {
  const task = await orderVideo(client, order);
  const previewPath = join(folder, "preview.mp4");
  const cleanPath = join(folder, "clean.mp4");
  const preview = await saveFile(task.video.previewUrl, previewPath);
  say("✓ watermarked preview saved, free of charge");
  const { downloadTerms } = await client.request(DownloadTermsDocument, {});
  if (downloadTerms) say(`✓ accepted the terms ${downloadTerms.version} of clean downloads`);
  const { downloadNoWatermark } = await client.request(DownloadNoWatermarkDocument, {
    input: {
      ...{ videoId: task.video.id, acceptTerms: downloadTerms?.version ?? null },
      idempotencyKey: randomUUID(),
    },
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
  return task.video.id;
}

async function uploadImage(client: ApiClient, path: string): Promise<string> {
  const { uploadMedia } = await client.upload(UploadMediaDocument, await openAsBlob(path), basename(path));
  const { id, width, height } = uploadMedia.media;
  say(`✓ uploaded ${basename(path)}: ${width}x${height}`);
  return id;
}

/** The path relative to the current folder, if it is below it. */
function shown(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere.startsWith(`..${sep}`) ? path : fromHere;
}

async function reportFailure(client: ApiClient, id: string): Promise<never> {
  const { task } = await client.request(TaskDocument, { id });
  if (task?.refunded) say(`✓ the ${task.costCredits} credits have come back`);
  await printStatement(client);
  const reason = task?.failure ? `${task.failure.message} (${task.failure.code})` : `it is ${task?.status}`;
  throw new CommandFailed(`No video came of it: ${reason}`);
}

async function printStatement(client: ApiClient): Promise<void> {
  const { wallet } = await client.request(StatementDocument, { first: 20 });
  say(`\n${statementTable(wallet.entries.nodes)}`);
  say(`\n  ${wallet.credits} credits free, ${wallet.heldCredits} held`);
}
