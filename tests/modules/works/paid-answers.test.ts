import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  CreateTaskDocument,
  DeleteVideoDocument,
  RemixWorkDocument,
  type RemixWorkInput,
  type RemixWorkMutation,
  UnpublishWorkDocument,
} from "../../../src/generated/operations.js";
import { RemovalService, workPrefix } from "../../../src/modules/works/index.js";
import { breachesOf } from "../../support/audit.js";
import type { ApiResult, Client } from "../../support/client.js";
import {
  fail,
  makeVideo,
  publishPaid,
  tip,
  unlock,
  type WorkLinks,
  walletOf,
} from "../../support/paid-works.js";
import { type Product, startProduct } from "../../support/product.js";

// Answers to payments that come late: the work has gone since, or the user is at a limit. No worker runs.

const openTasksMax = 2;
/** Of the server's pool; see context.ts. */
const poolSize = 16;

let product: Product;
let author: Client;
beforeAll(async () => {
  product = await startProduct({
    worker: false,
    settings: { SIGNUP_CREDITS: "1000", MAX_CONCURRENT_TASKS: String(openTasksMax) },
  });
  author = await product.user();
});
afterAll(async () => {
  expect(await breachesOf(product.app.db)).toEqual([]);
  await product.close();
});

const remix = (client: Client, input: RemixWorkInput): Promise<ApiResult<RemixWorkMutation>> =>
  client.execute(RemixWorkDocument, { input });
const codeOf = ({ errors }: ApiResult<unknown>) => errors?.[0]?.extensions.code ?? "ok";

type Work = Awaited<ReturnType<typeof publishPaid>>;
const goings = {
  unpublish: ({ id: workId }: Work) => author.request(UnpublishWorkDocument, { input: { workId } }),
  delete: ({ videoId }: Work) => author.request(DeleteVideoDocument, { input: { videoId } }),
  remove: ({ id }: Work) => new RemovalService(product.app).remove(id, "a test"),
};
const waysToGo = Object.keys(goings) as (keyof typeof goings)[];

async function expectDeadLinks(work: unknown): Promise<void> {
  const { previewUrl, thumbnailUrl } = work as WorkLinks;
  for (const url of [previewUrl, thumbnailUrl]) expect((await fetch(url)).status).toBe(404);
}

describe.each(waysToGo)("after %s, a repeated call has its first answer, with dead links", (way) => {
  test("of a tip", async () => {
    const fan = await product.user();
    const work = await publishPaid(product, author);
    const input = { idempotencyKey: "tip" };
    expect(codeOf(await tip(fan, work.id, input))).toBe("ok");
    await goings[way](work);
    const again = await tip(fan, work.id, input);
    expect(again.data?.tipWork, JSON.stringify(again.errors)).toMatchObject({ costCredits: 10 });
    await expectDeadLinks(again.data?.tipWork.work);
    expect((await walletOf(fan)).credits).toBe(990);
  });

  test("of an unlock", async () => {
    const fan = await product.user();
    const work = await publishPaid(product, author, { prompt: "a red fox", promptPriceCredits: 5 });
    const input = { idempotencyKey: "unlock" };
    expect(codeOf(await unlock(fan, work.id, input))).toBe("ok");
    await goings[way](work);
    const again = await unlock(fan, work.id, input);
    expect(again.data?.unlockPrompt, JSON.stringify(again.errors)).toMatchObject({
      costCredits: 5,
      prompt: { text: "a red fox" },
    });
    await expectDeadLinks(again.data?.unlockPrompt.work);
    expect((await walletOf(fan)).credits).toBe(995);
  });
});

describe("a remix without a ratio", () => {
  test("has that of its source, and is the same task under its key when the source has gone", async () => {
    const fan = await product.user();
    const { id: workId } = await publishPaid(product, author);
    await product.app.db.execute(
      sql`update works set ratio = 'RATIO_16_9' where id = ${workPrefix.toUuid(workId)}`,
    );
    const input = { workId, prompt: "at night", idempotencyKey: "remix" };
    const first = await remix(fan, input);
    expect(first.data?.remixWork.task).toMatchObject({ ratio: "RATIO_16_9" });
    await author.request(UnpublishWorkDocument, { input: { workId } });
    for (const again of [await remix(fan, input), await remix(fan, { ...input, ratio: null })])
      expect(again.data?.remixWork.task.id, JSON.stringify(again.errors)).toBe(first.data?.remixWork.task.id);
    expect(codeOf(await remix(fan, { ...input, ratio: "RATIO_16_9" as never }))).toBe(
      "IDEMPOTENCY_KEY_REUSED",
    );
    expect(await walletOf(fan)).toMatchObject({ credits: 988, heldCredits: 12 });
    await fail(product, first.data?.remixWork.task.id as string);
  });
});

describe("at the limit of unfinished tasks", () => {
  let busy: Client;
  let workId: string;
  beforeAll(async () => {
    busy = await product.user();
    workId = (await publishPaid(product, author)).id;
    for (let n = 0; n < openTasksMax; n++)
      await busy.request(CreateTaskDocument, { input: { prompt: "a cat" } });
  });

  test("as many remixes at once as there are connections are all refused with their reason", async () => {
    const calls = Array.from({ length: 2 * poolSize }, () => remix(busy, { workId }));
    const refused = (await Promise.all(calls)).flatMap(({ errors }) => errors ?? []);
    expect(refused).toHaveLength(2 * poolSize);
    for (const { extensions } of refused)
      expect(extensions).toMatchObject({
        ...{ code: "QUOTA_EXCEEDED", limit: openTasksMax, resetAt: expect.any(String) },
      });
  });

  test("a user without credits hears of the limit first, for createTask and remixWork", async () => {
    const { credits } = await walletOf(busy);
    await makeVideo(product, busy, { costCredits: credits });
    expect(codeOf(await remix(busy, { workId }))).toBe("QUOTA_EXCEEDED");
    expect(await busy.errorCode(CreateTaskDocument, { input: { prompt: "a cat" } })).toBe("QUOTA_EXCEEDED");
    expect((await walletOf(busy)).credits).toBe(0);
  });
});
