import { setTimeout as sleep } from "node:timers/promises";
import { FeedDocument, type FeedQuery, PublishWorkDocument } from "../../generated/operations.js";
import { CommandFailed } from "../fail.js";
import type { ApiClient } from "./api-client.js";
import { drawTable } from "./table.js";

type FeedWork = FeedQuery["feed"]["nodes"][number];

const shownMax = 5;
const pageSize = 100;
/** A feed is a few seconds old at most. */
const appearsWithinMs = 15_000;
const titleLengthMax = 200;

const say = (text: string) => process.stdout.write(`${text}\n`);

/** Publishes a video as a work. Returns the work's id. */
export async function publishVideo(client: ApiClient, videoId: string, prompt: string): Promise<string> {
  const title = [...prompt.trim()].slice(0, titleLengthMax).join("");
  const { publishWork } = await client.request(PublishWorkDocument, { input: { videoId, title } });
  const { id, prompt: sold, remixFeeCredits } = publishWork.work;
  say(`✓ published as "${title}": its prompt costs ${sold.priceCredits} credits, a remix ${remixFeeCredits}`);
  return id;
}

/** Throws CommandFailed if the feed does not get the work. */
export async function showFeedWith(client: ApiClient, id: string): Promise<void> {
  const works = await feedWith(client, id);
  const place = works.findIndex((work) => work.id === id);
  say(`\n  The feed DISCOVER now:\n`);
  say(feedTable(works, place));
}

/** The works of the feed down to this one. */
async function feedWith(client: ApiClient, workId: string): Promise<FeedWork[]> {
  for (const giveUpAt = Date.now() + appearsWithinMs; Date.now() < giveUpAt; await sleep(500)) {
    const works: FeedWork[] = [];
    for (let after: string | null | undefined = null; after !== undefined; ) {
      const { feed }: FeedQuery = await client.request(FeedDocument, {
        kind: "DISCOVER",
        first: pageSize,
        after,
      });
      works.push(...feed.nodes);
      if (feed.nodes.some(({ id }) => id === workId)) return works;
      after = feed.pageInfo.hasNextPage ? feed.pageInfo.endCursor : undefined;
    }
  }
  throw new CommandFailed("The work is published, but the feed does not show it.");
}

/** The first works, and the one at this place. */
function feedTable(works: readonly FeedWork[], place: number): string {
  const shown = works.map((work, n) => ({ work, n })).filter(({ n }) => n < shownMax || n === place);
  const rows = shown.map(({ work, n }) => [
    n === place ? "→" : " ",
    String(n + 1),
    [...work.title].slice(0, 40).join(""),
    work.author.nickname,
    ...[work.likeCount, work.favoriteCount, work.shareCount, work.viewCount].map(String),
  ]);
  const heading = [" ", "#", "title", "author", "likes", "favorites", "shares", "views"];
  return drawTable([heading, ...rows], { numbersFrom: 4 });
}
