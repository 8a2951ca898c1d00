import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  DeleteVideoDocument,
  UnpublishWorkDocument,
  WorkDocument,
} from "../../../src/generated/operations.js";
import { RemovalService } from "../../../src/modules/works/index.js";
import { publicKeys } from "../../../src/modules/works/publish/publication-files.js";
import { PublicationWriter } from "../../../src/modules/works/publish/publication-writer.js";
import { PublishWorkService } from "../../../src/modules/works/publish/publish-work.service.js";
import { works } from "../../../src/modules/works/works.tables.js";
import { AppError } from "../../../src/platform/base/app-error.js";
import { uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import { communityBreachesOf } from "../../support/audit.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { makeRemix, publish, publishableVideo } from "../../support/works.js";
import { bansOf, uuidOf } from "../social/social-fixture.js";

const worksPerDay = 4;

let product: Product;
beforeAll(async () => {
  product = await startProduct({ settings: { WORKS_PER_DAY: String(worksPerDay) }, worker: false });
});
afterAll(() => product.close());

interface Attempt {
  client: Client;
  videoId: string;
  /** Default: the product itself. */
  server?: { publishing: PublishWorkService };
}

const times = <T>(count: number, value: () => Promise<T>) =>
  Promise.all(Array.from({ length: count }, value));
const videoOf = async (client: Client): Promise<Attempt> => ({
  client,
  videoId: await publishableVideo(product, client),
});
const videosOf = (client: Client, count: number) => times(count, () => videoOf(client));
const uuidOfVideo = ({ videoId }: Attempt) => uuidFromPublicId("video", videoId) as string;

/** "ok", or why it was refused. Without the API, which would not let a suspended user get so far. */
async function outcomeOf({ client, videoId, server = product.app.modules.works }: Attempt): Promise<string> {
  const texts = { title: "A cat", description: "on grass" };
  const input = { videoId, ...texts, promptPriceCredits: 5, remixable: true, remixFeeCredits: 2 };
  try {
    await server.publishing.publish(uuidOf(client), input);
    return "ok";
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return String(error.facts.reason ?? error.code);
  }
}

const outcomesOf = (attempts: Attempt[]) => Promise.all(attempts.map(outcomeOf));

/** Counts and lineages are right, and the files are those of the published works. */
async function expectExact(): Promise<void> {
  const { db, storage } = product.app;
  await product.app.modules.works.updateCounts();
  expect(await communityBreachesOf(db)).toEqual([]);
  const rows = await db.select().from(works);
  const published = rows.flatMap(({ id, publicationId }) =>
    publicationId ? publicKeys({ workId: id, publicationId }) : [],
  );
  const stored: string[] = [];
  for await (const { key } of storage.list("public")) stored.push(key);
  expect(stored.toSorted()).toEqual(published.toSorted());
}

test("of thirty publications of ten users at once, each gets its own answer, and quotas are exact", async () => {
  const [eager, hasty, banned, unlucky, remixer, ...others] = (await times(10, () => product.user())) as [
    ...[Client, Client, Client, Client, Client],
    ...Client[],
  ];
  const [takenOut, removed, remix, deleted, twice] = await Promise.all([
    ...[videoOf(unlucky), videoOf(unlucky), videoOf(remixer), videoOf(remixer), videoOf(hasty)],
  ] as const);
  const source = await publish(product, others[0] as Client);
  await makeRemix(product, uuidOfVideo(remix), source.id);
  const { id: workId } = await publish(product, unlucky, { videoId: takenOut.videoId });
  await unlucky.request(UnpublishWorkDocument, { input: { workId } });
  const { id: removedId } = await publish(product, unlucky, { videoId: removed.videoId });
  await new RemovalService(product.app).remove(removedId, "a test");
  await remixer.request(DeleteVideoDocument, { input: { videoId: deleted.videoId } });
  const ofBanned = await videosOf(banned, 2);
  await bansOf(product).ban({ userId: uuidOf(banned) }, "a test");
  const ofEager = await videosOf(eager, 11);
  const foreign = { client: unlucky, videoId: twice.videoId };
  const ofOthers = (await Promise.all(others.map((client) => videosOf(client, 2)))).flat();

  const [single, hastyOutcomes, eagerOutcomes, rest] = await Promise.all([
    outcomesOf([remix, takenOut, removed, deleted, foreign, ...ofBanned]),
    outcomesOf([twice, twice]),
    outcomesOf(ofEager),
    outcomesOf(ofOthers),
  ]);

  expect(single).toEqual(["ok", "ok", "WORK_REMOVED", "NOT_FOUND", "NOT_FOUND", "FORBIDDEN", "FORBIDDEN"]);
  expect(hastyOutcomes.toSorted()).toEqual(["ALREADY_PUBLISHED", "ok"]);
  expect(eagerOutcomes.toSorted()).toEqual([
    ...Array(7).fill("QUOTA_EXCEEDED"),
    ...Array(worksPerDay).fill("ok"),
  ]);
  expect(rest).toEqual(Array(10).fill("ok"));
  await expectExact();
  expect((await eager.request(WorkDocument, { id: source.id })).work).toMatchObject({ remixCount: 1 });
});

test("a publication whose video is just being deleted keeps no other one waiting", async () => {
  const clients = await times(6, () => product.user());
  const [deleted, ...others] = (await Promise.all(clients.map(videoOf))) as [Attempt, ...Attempt[]];
  const { publication } = await product.testDb.database.db.transaction(async (tx) => {
    await tx.execute(sql`update videos set deleted_at = now() where id = ${uuidOfVideo(deleted)}`);
    const publication = outcomeOf(deleted);
    expect(await outcomesOf(others)).toEqual(Array(5).fill("ok"));
    return { publication };
  });
  expect(await publication).toBe("NOT_FOUND");
  await expectExact();
});

test("the quota of a user who publishes through seven servers at once is exact", async () => {
  const client = await product.user();
  const writer = new PublicationWriter(product.app);
  const newServer = () => ({ publishing: new PublishWorkService({ ...product.app, writer, worksPerDay }) });
  const servers = Array.from({ length: 7 }, newServer);
  const attempts = (await videosOf(client, 21)).map((attempt, n) => ({ ...attempt, server: servers[n % 7] }));
  const outcomes = await outcomesOf(attempts as Attempt[]);
  expect(outcomes.toSorted()).toEqual([
    ...Array(21 - worksPerDay).fill("QUOTA_EXCEEDED"),
    ...Array(worksPerDay).fill("ok"),
  ]);
  await expectExact();
});
