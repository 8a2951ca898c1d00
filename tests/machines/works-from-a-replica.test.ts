import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  BlockDocument,
  FeedDocument,
  FollowDocument,
  LikeWorkDocument,
  UnpublishWorkDocument,
  UserWorksDocument,
} from "../../src/generated/operations.js";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../src/platform/embedded-postgres/embedded-postgres.js";
import { feedPage } from "../modules/feed/feed-pages.js";
import { Client } from "../support/client.js";
import { fixedCode, openProduct } from "../support/product.js";
import { Replica } from "../support/replica.js";
import { newPhone, Seed } from "../support/seed.js";
import { seedWorks } from "../support/seed-works.js";
import { temporaryFolder } from "../support/temporary-folder.js";
import { until } from "../support/until.js";

type Opened = Awaited<ReturnType<typeof openProduct>>;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let cluster: EmbeddedPostgres;
let replica: Replica;
/** Its pages may be 20 s old, so a replica that has stopped still serves them for a while. */
let slow: Opened;
let fresh: Opened;
let author: Client;
let works: string[];
beforeAll(async () => {
  folder = await temporaryFolder();
  cluster = await startEmbeddedPostgres(folder.path);
  const settings = (refreshMs: number) => ({
    ...{
      DATABASE_URL: cluster.url,
      DATABASE_READ_URL: replica.url,
      DATA_DIR: `${folder.path}/data`,
      PORT: "0",
    },
    ...{ VENDOR: "sandbox", SMS_FIXED_CODE: fixedCode, LOGIN_CODES_PER_ADDRESS_PER_HOUR: "1000" },
    ...{ LOG_LEVEL: "trace", FEED_REFRESH_MS: String(refreshMs) },
  });
  replica = await Replica.of(cluster.url, `${folder.path}/replica`);
  slow = await openProduct(settings(20_000), { worker: false });
  fresh = await openProduct(settings(0), { worker: false });
  author = await newUser();
  works = await seedWorks({ app: slow.app, seed: new Seed(slow.app.db) }, author.userId, 4);
});
afterAll(async () => {
  await fresh.close();
  await slow.close();
  await replica.stop().catch(() => {});
  await cluster.stop();
  await folder.remove();
});
afterEach(() => replica.resume());

async function newUser(): Promise<Client> {
  const client = new Client(slow.url);
  await client.logIn(newPhone(), fixedCode);
  return client;
}

const on = ({ url }: Opened, client: Client | null = null) =>
  Object.assign(new Client(url), client && { token: client.token, userId: client.userId });

async function readsFromReplica({ app }: Opened): Promise<number> {
  const { values } = await app.metrics.listReads.get();
  return values.find(({ labels }) => labels.from === "replica")?.value ?? 0;
}

/** Stops the replay once the replica has everything so far, and serves this reader. */
async function stopReplay(reader: Client): Promise<void> {
  await until("a page from the replica", async () => {
    const before = await readsFromReplica(slow);
    const { ids } = await feedPage(reader, "FOLLOWING", 100);
    return ids.length > 0 && (await readsFromReplica(slow)) > before;
  });
  await replica.pause();
}

async function follower(): Promise<Client> {
  const reader = await newUser();
  await reader.request(FollowDocument, { input: { userId: author.userId } });
  return reader;
}

test("whoever reacts sees it at once on every server, though the replica has not replayed it", async () => {
  const reader = await follower();
  await stopReplay(reader);
  const [workId = ""] = works;
  await reader.request(LikeWorkDocument, { input: { workId } });
  for (const server of [slow, fresh]) {
    for (const kind of ["FOLLOWING", "DISCOVER"] as const) {
      const { feed } = await on(server, reader).request(FeedDocument, { kind, first: 100 });
      expect(feed.nodes.find(({ id }) => id === workId)).toMatchObject({ viewerLiked: true, likeCount: 1 });
    }
  }
});

test("a block hides the author's works from the blocked reader at once", async () => {
  const reader = await follower();
  await stopReplay(reader);
  const before = await readsFromReplica(slow);
  expect((await feedPage(reader, "FOLLOWING", 100)).ids).toEqual(works);
  expect(await readsFromReplica(slow)).toBeGreaterThan(before);
  await author.request(BlockDocument, { input: { userId: reader.userId } });
  await until("the event", async () => (await feedPage(reader, "FOLLOWING", 100)).ids.length === 0);
  await until("the event", async () => (await feedPage(reader, "DISCOVER", 100)).ids.length === 0);
});

test("a page has every work of its snapshot, though the replica has not replayed it", async () => {
  await stopReplay(await follower());
  const newest = await seedWorks({ app: slow.app, seed: new Seed(slow.app.db) }, author.userId, 3);
  const visitor = on(fresh);
  const expected = [...newest, ...works].toSorted();
  for (const kind of ["DISCOVER", "HOT"] as const) {
    const ids: string[] = [];
    for (let after: string | null = null, hasNextPage = true; hasNextPage; ) {
      const page = await feedPage(visitor, kind, 2, after);
      ids.push(...page.ids);
      ({ hasNextPage, endCursor: after } = page);
    }
    expect(ids.toSorted()).toEqual(expected);
    // Of the other server, which has not read this snapshot before.
    const { endCursor } = await feedPage(visitor, kind, 1);
    expect((await feedPage(on(slow), kind, 100, endCursor)).ids).toHaveLength(expected.length - 1);
  }
  works = [...newest, ...works];
});

test("lists show a work that was taken out for two seconds at most, though the replica has not replayed it", async () => {
  await stopReplay(await follower());
  const [workId = ""] = works;
  await author.request(UnpublishWorkDocument, { input: { workId } });
  const idsOf = async (client: Client) =>
    (await client.request(UserWorksDocument, { id: author.userId })).user?.works.nodes.map(({ id }) => id);
  expect(await idsOf(author)).not.toContain(workId);
  await until("its end", async () => !(await idsOf(on(slow)))?.includes(workId));
});
