import { Command, Option } from "commander";
import { RankingPeriod, type ReviewedCreator, reviewRanking } from "../../modules/feed/index.js";
import { withDatabase } from "../with-database.js";

const creatorsMax = 10;
const usersMax = 20;

export function rankingReviewCommand(): Command {
  return new Command("ranking-review")
    .description(
      `Shows the ${creatorsMax} most tipped creators as of now, with their tippers, the users with whom they exchanged tips, and the ages of the accounts.`,
    )
    .addOption(
      new Option("--period <period>", "the time of the tips that count")
        .choices(Object.values(RankingPeriod))
        .default(RankingPeriod.ALL),
    )
    .action(({ period }: { period: RankingPeriod }) => review(period));
}

async function review(period: RankingPeriod): Promise<void> {
  await withDatabase(async ({ db }) => {
    const creators = await reviewRanking(db, period, { creatorsMax, usersMax });
    for (const [n, creator] of creators.entries())
      process.stdout.write(`${linesOf(n + 1, creator).join("\n")}\n`);
    if (creators.length === 0) process.stdout.write("There are no tips that count.\n");
  });
}

function linesOf(rank: number, creator: ReviewedCreator): string[] {
  const { id, accountAgeMs, credits, tippers, topTippers, mutual } = creator;
  const others = tippers - topTippers.length;
  return [
    `${rank}. ${id}: ${credits} credits from ${count(tippers, "user")}, account ${ageOf(accountAgeMs)}`,
    ...topTippers.map(
      (tipper) =>
        `    from ${tipper.id}: ${tipper.credits} credits, ${count(tipper.tips, "tip")}, account ${ageOf(tipper.accountAgeMs)}`,
    ),
    ...(others > 0 ? [`    and from ${count(others, "other user")}`] : []),
    ...mutual.map(
      (other) =>
        `    mutual with ${other.id}: ${other.received} credits received and not counted, ${other.given} given, account ${ageOf(other.accountAgeMs)}`,
    ),
  ];
}

const hourMs = 3_600_000;

function ageOf(ms: number): string {
  const hours = Math.floor(ms / hourMs);
  return hours < 48 ? `${count(hours, "hour")} old` : `${Math.floor(hours / 24)} days old`;
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
