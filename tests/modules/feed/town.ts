import fc from "fast-check";
import { print } from "graphql";
import {
  BlockDocument,
  FavoriteWorkDocument,
  FollowDocument,
  LikeWorkDocument,
  PublishWorkDocument,
  UnblockDocument,
  UnfavoriteWorkDocument,
  UnfollowDocument,
  UnlikeWorkDocument,
  UnpublishWorkDocument,
} from "../../../src/generated/operations.js";
import type { Client } from "../../support/client.js";
import type { Product } from "../../support/product.js";
import { seedWorks } from "../../support/seed-works.js";
import { publishableVideo } from "../../support/works.js";
import { bansOf, publicUserId, seedUsers } from "../social/social-fixture.js";

/** Authors publish and take out. Others, who never log in, are suspended now and then. Readers do the rest. */
export interface Town {
  product: Product;
  authors: Client[];
  videos: { author: Client; videoId: string; workId: string }[];
  suspendable: string[];
  readers: Client[];
  visitor: Client;
}

export async function newTown(product: Product): Promise<Town> {
  const people = await Promise.all(Array.from({ length: 5 }, () => product.user()));
  const [authors, readers] = [people.slice(0, 2), people.slice(2)];
  const suspendable = await seedUsers(product, 2);
  for (const id of suspendable) await seedWorks(product, id, 4);
  const videos: Town["videos"] = [];
  for (let n = 0; n < 10; n++) {
    const author = authors[n % 2] as Client;
    const videoId = await publishableVideo(product, author);
    const { publishWork } = await author.request(PublishWorkDocument, { input: { videoId, title: `${n}` } });
    videos.push({ author, videoId, workId: publishWork.work.id });
  }
  return { product, authors, videos, suspendable, readers, visitor: product.client() };
}

export interface Act {
  name: keyof typeof acts;
  /** Users and works of the town, as large numbers. */
  who: number;
  what: number;
}

const pick = <T>(list: readonly T[], n: number) => list[n % list.length] as T;
const workDocuments = {
  like: print(LikeWorkDocument),
  unlike: print(UnlikeWorkDocument),
  favorite: print(FavoriteWorkDocument),
  unfavorite: print(UnfavoriteWorkDocument),
};
const userDocuments = {
  follow: print(FollowDocument),
  unfollow: print(UnfollowDocument),
  block: print(BlockDocument),
  unblock: print(UnblockDocument),
};

type Run = (town: Town, who: number, what: number) => Promise<unknown>;

const react =
  (name: keyof typeof workDocuments): Run =>
  ({ readers, videos }, who, what) =>
    pick(readers, who).execute(workDocuments[name], { input: { workId: pick(videos, what).workId } });

/** A reader to an author. */
const relate =
  (name: keyof typeof userDocuments): Run =>
  ({ readers, authors, suspendable }, who, what) => {
    const ids = [...authors.map(({ userId }) => userId), ...suspendable.map(publicUserId)];
    return pick(readers, who).execute(userDocuments[name], { input: { userId: pick(ids, what) } });
  };

/** An author to a reader. */
const answer =
  (name: "block" | "unblock"): Run =>
  ({ readers, authors }, who, what) =>
    pick(authors, who).execute(userDocuments[name], { input: { userId: pick(readers, what).userId } });

const acts = {
  like: react("like"),
  unlike: react("unlike"),
  favorite: react("favorite"),
  unfavorite: react("unfavorite"),
  follow: relate("follow"),
  unfollow: relate("unfollow"),
  block: relate("block"),
  unblock: relate("unblock"),
  blockReader: answer("block"),
  unblockReader: answer("unblock"),
  unpublish: ({ videos }, _, what) => {
    const { author, workId } = pick(videos, what);
    return author.execute(UnpublishWorkDocument, { input: { workId } });
  },
  bringBack: ({ videos }, _, what) => {
    const { author, videoId } = pick(videos, what);
    return author.execute(PublishWorkDocument, { input: { videoId, title: `${what}` } });
  },
  publish: async ({ product, authors }, who) => {
    const author = pick(authors, who);
    const videoId = await publishableVideo(product, author);
    return author.execute(PublishWorkDocument, { input: { videoId, title: "new" } });
  },
  ban: ({ product, suspendable }, who) => bansOf(product).ban({ userId: pick(suspendable, who) }, "a test"),
  unban: ({ product, suspendable }, who) => bansOf(product).unban({ userId: pick(suspendable, who) }),
} satisfies Record<string, Run>;

const names = Object.keys(acts) as Act["name"][];

export const anyAct: fc.Arbitrary<Act> = fc.record({
  // Events that show works again are as frequent as those that hide them, and FOLLOWING needs follows.
  name: fc.constantFrom(...names, "follow" as const, "follow" as const, "bringBack" as const),
  ...{ who: fc.nat(1_000), what: fc.nat(1_000) },
});

const expectedCodes = ["NOT_FOUND", "CONFLICT"];

export async function perform(town: Town, { name, who, what }: Act): Promise<void> {
  const run: Run = acts[name];
  const result = (await run(town, who, what)) as { errors?: { extensions: { code: string } }[] };
  const code = result.errors?.[0]?.extensions.code;
  if (code && !expectedCodes.includes(code)) throw new Error(`${name}: ${JSON.stringify(result.errors)}`);
}
