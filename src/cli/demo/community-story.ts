import { randomUUID } from "node:crypto";
import { auditDatabase } from "../../app/audit.js";
import {
  IncomesDocument,
  type IncomesQuery,
  RemixWorkDocument,
  StatementDocument,
  TipWorkDocument,
  UnlockPromptDocument,
  UpdateProfileDocument,
  WalletDocument,
  WorkLineageDocument,
} from "../../generated/operations.js";
import { CommandFailed } from "../fail.js";
import { printBreach, printLine } from "../print-line.js";
import { ApiClient } from "./api-client.js";
import { type DemoServer, demoLoginCode } from "./demo-server.js";
import { publishVideo } from "./publish-video.js";
import { type DemoOrder, finish, orderVideo } from "./run-demo.js";
import { statementTable } from "./statement-table.js";
import { drawTable } from "./table.js";

interface Person {
  name: string;
  client: ApiClient;
}

type IncomeLine = IncomesQuery["wallet"]["incomes"]["nodes"][number];

const say = (text: string) => process.stdout.write(`${text}\n`);
const chapter = (title: string) => say(`\n── ${title}\n`);

/**
 * Ana publishes a video, Ben pays for it in every way and Cleo makes a remix of his remix. Then come their
 * statements and incomes, and the audit. Throws CommandFailed at the first step that fails.
 */
export async function playCommunityStory(server: DemoServer, order: DemoOrder): Promise<void> {
  const person = (name: string): Person => ({ name, client: new ApiClient(server.url) });
  const [ana, ben, cleo] = [person("Ana"), person("Ben"), person("Cleo")];

  chapter("Ana makes a video and publishes it");
  await join(ana, "+8613800138000");
  const { video } = await orderVideo(ana.client, order);
  const original = await publishVideo(ana.client, video.id, order.prompt);

  chapter("Ben tips it, pays for its prompt and publishes a remix");
  await join(ben, "+8613800138001");
  await tip(ben, original, 20);
  await unlock(ben, original);
  const remix = await publishRemix(ben, original, "in the rain");

  chapter("Cleo makes a remix of the remix: its fee is shared by both authors");
  await join(cleo, "+8613800138002");
  const remixOfRemix = await publishRemix(cleo, remix, "at night");
  await showLineage(cleo, remixOfRemix);

  for (const { name, client } of [ana, ben, cleo]) {
    chapter(`${name}'s statement and incomes`);
    await showMoney(client);
  }

  chapter("The audit");
  const breaches = await auditDatabase(server.db, { taskTimeoutMs: 2_700_000 }, printBreach);
  if (breaches > 0) throw new CommandFailed(`${breaches} breaches.`);
  await printLine("✓ every invariant holds");
}

async function join({ name, client }: Person, phone: string): Promise<void> {
  await client.logIn(phone, demoLoginCode);
  const { updateProfile } = await client.request(UpdateProfileDocument, { input: { nickname: name } });
  const { wallet } = await client.request(WalletDocument, {});
  say(`✓ ${updateProfile.user.nickname} has joined, with ${wallet.credits} credits`);
}

async function tip({ client }: Person, workId: string, credits: number): Promise<void> {
  const { tipWork } = await client.request(TipWorkDocument, { input: { workId, credits } });
  say(`✓ tipped ${tipWork.costCredits} credits: ${tipWork.creatorCoins} coins for the author`);
}

async function unlock({ client }: Person, workId: string): Promise<void> {
  const { unlockPrompt } = await client.request(UnlockPromptDocument, { input: { workId } });
  say(`✓ paid ${unlockPrompt.costCredits} credits for the prompt: "${unlockPrompt.prompt.text}"`);
}

/** Makes a remix with this prompt, and publishes it. Returns the new work's id. */
async function publishRemix({ client }: Person, workId: string, prompt: string): Promise<string> {
  const input = { workId, prompt, idempotencyKey: randomUUID() };
  const { task, wallet } = (await client.request(RemixWorkDocument, { input })).remixWork;
  say(
    `✓ ordered a remix of "${task.remixOf?.title}" with "${prompt}": ${task.costCredits} credits and a fee of ` +
      `${task.remixFeeCredits} held, ${wallet.credits} free`,
  );
  const { video } = await finish(client, task.id);
  return publishVideo(client, video.id, prompt);
}

async function showLineage({ client }: Person, workId: string): Promise<void> {
  const { work } = await client.request(WorkLineageDocument, { id: workId });
  say("\n  Who else gets a part of the fee when it is remixed:\n");
  const rows = (work?.lineage ?? []).map(({ level, title, author, shareBasisPoints }) => [
    String(level),
    title,
    author?.nickname ?? "",
    `${shareBasisPoints / 100} %`,
  ]);
  say(drawTable([["steps back", "title", "author", "share"], ...rows], { numbersFrom: 3 }));
}

async function showMoney(client: ApiClient): Promise<void> {
  const { wallet } = await client.request(StatementDocument, { first: 50 });
  const credits = wallet.entries.nodes.filter(({ asset }) => asset === "CREDIT");
  say(statementTable(credits));
  say(`\n  ${wallet.credits} credits free, ${wallet.heldCredits} held`);
  const { wallet: earned } = await client.request(IncomesDocument, { first: 50 });
  if (earned.incomes.nodes.length > 0) say(`\n${incomesTable(earned.incomes.nodes)}`);
  say(`\n  ${earned.coins} coins free, ${earned.pendingCoins} pending`);
}

const incomeWords = { TIP: "a tip", PROMPT_UNLOCK: "the prompt", REMIX: "a remix" };

function incomesTable(newestFirst: readonly IncomeLine[]): string {
  const rows = newestFirst
    .toReversed()
    .map(({ type, work, payer, level, paidCredits, coins, releaseAt }) => [
      level === 0
        ? incomeWords[type]
        : `${incomeWords[type]}, ${level} ${level === 1 ? "step" : "steps"} below`,
      work?.title ?? "",
      payer?.nickname ?? "",
      releaseAt.slice(0, 10),
      String(paidCredits),
      coins,
    ]);
  const heading = ["income from", "of", "by", "free on", "credits paid", "coins"];
  return drawTable([heading, ...rows], { numbersFrom: 4 });
}
