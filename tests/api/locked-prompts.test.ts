import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { ApiDocument } from "../../src/cli/demo/api-client.js";
import {
  CancelTaskDocument,
  FeedDocument,
  IncomesDocument,
  RemixWorkDocument,
  RetryTaskDocument,
  StatementDocument,
  TaskStatusDocument,
  TasksDocument,
  TipWorkDocument,
  UnlockedPromptsDocument,
  UnlockPromptDocument,
  UnpublishWorkDocument,
  WalletChangedDocument,
  WorkChangedDocument,
  WorkDocument,
  WorkEarningsDocument,
  WorkLineageDocument,
  WorkRemixesDocument,
} from "../../src/generated/operations.js";
import type { SandboxVendor } from "../../src/vendors/sandbox/index.js";
import { Client } from "../support/client.js";
import { startOpenaiVendor } from "../support/openai-vendor.js";
import { publishPaid } from "../support/paid-works.js";
import { type Product, startProduct } from "../support/product.js";
import { ended } from "../support/tasks.js";
import { startTraceCollector } from "../support/trace-collector.js";
import { type PublishedWork, publish } from "../support/works.js";

/** Two locked prompts: an original's, and that of a remix of it. */
const markers = { original: "marker-of-the-original-7f31", remix: "marker-of-the-remix-c05e" };
type Marker = keyof typeof markers;
const names = Object.keys(markers) as Marker[];

/** A user, with every answer and message that they get. */
class Listener extends Client {
  readonly heard: string[] = [];

  override async rawRequest<T, V>(
    document: ApiDocument<T, V>,
    variables?: V,
    headers?: Record<string, string>,
  ) {
    const answer = await super.rawRequest(document, variables, headers);
    this.heard.push(JSON.stringify(answer));
    return answer;
  }

  /** Listens until the subscription or the connection ends. */
  listen<T, V extends Record<string, unknown>>(document: ApiDocument<T, V>, variables: V): void {
    const messages = this.subscribe(document, variables);
    const hear = async () => {
      for await (const message of messages) this.heard.push(JSON.stringify(message));
    };
    hear().catch((error: unknown) => this.heard.push(JSON.stringify(error)));
  }

  /** The markers that this user has seen. */
  get knows(): Marker[] {
    return names.filter((name) => this.heard.some((text) => text.includes(markers[name])));
  }
}

let collector: Awaited<ReturnType<typeof startTraceCollector>>;
let vendor: SandboxVendor;
let product: Product;
let author: Listener;
let remixer: Listener;
let payer: Listener;
let stranger: Listener;
let original: PublishedWork;
let remix: PublishedWork;
const events: string[] = [];

async function person(): Promise<Listener> {
  const { token, userId } = await product.user();
  return Object.assign(new Listener(product.url), { token, userId });
}

/** Everything that shows works, prompts, tasks and money. */
async function lookEverywhere(client: Listener): Promise<void> {
  for (const { id } of [original, remix].filter((work) => work !== undefined)) {
    for (const document of [WorkDocument, WorkLineageDocument, WorkRemixesDocument, WorkEarningsDocument])
      await client.execute(document as ApiDocument<unknown, { id: string }>, { id });
    await client.execute(
      `query ($id: ID!) { node(id: $id) { ... on Work { prompt { text } lineage { work { prompt { text } } }
        remixes { nodes { prompt { text } author { works { nodes { prompt { text } } } } } } } } }`,
      { id },
    );
  }
  for (const document of [
    TasksDocument,
    StatementDocument,
    IncomesDocument,
    UnlockedPromptsDocument,
    FeedDocument,
  ])
    await client.execute(document as ApiDocument<unknown, object>, {});
  await client.execute(
    "{ tasks { nodes { prompt remixOf { prompt { text } lineage { work { prompt { text } } } } } } }",
  );
}

const order = async (client: Listener, workId: string, prompt: string) =>
  (await client.request(RemixWorkDocument, { input: { workId, prompt } })).remixWork.task.id;

beforeAll(async () => {
  collector = await startTraceCollector();
  // This protocol's answers quote the prompt.
  const openai = await startOpenaiVendor();
  vendor = openai.sandbox;
  product = await startProduct({
    settings: {
      ...openai.settings,
      VENDOR: "openai",
      SIGNUP_CREDITS: "1000",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    },
  });
  const { bus } = product.app;
  const publishEvents = bus.publish.bind(bus);
  vi.spyOn(bus, "publish").mockImplementation((topic, ...sent) => {
    events.push(JSON.stringify(sent));
    publishEvents(topic, ...sent);
  });
  [author, remixer, payer, stranger] = (await Promise.all([1, 2, 3, 4].map(person))) as [
    Listener,
    Listener,
    Listener,
    Listener,
  ];
  original = await publishPaid(product, author, {
    prompt: `a cat, ${markers.original}`,
    promptPriceCredits: 5,
  });
  for (const each of [author, remixer, payer, stranger]) {
    each.listen(WalletChangedDocument, {});
    each.listen(WorkChangedDocument, { workId: original.id });
  }
  const task = await ended(remixer, await order(remixer, original.id, `at night, ${markers.remix}`));
  const videoId = task.video?.id as string;
  remix = await publish(product, remixer, { videoId, promptPriceCredits: 5 });
  for (const each of [author, remixer, payer, stranger])
    each.listen(WorkChangedDocument, { workId: remix.id });
});

afterAll(async () => {
  await Promise.all([author, remixer, payer, stranger].map((each) => each.disconnect()));
  await product.close();
  await vendor.close();
  await collector.close();
});

describe("a locked prompt", () => {
  test("is used by remixes that end well, fail and are refused, and is told to no other user", async () => {
    const words = [
      "on the moon",
      "[fault:reject]",
      "[fault:fail]",
      "[fault:content-policy]",
      "[fault:malformed]",
    ];
    const tasks = await Promise.all(words.map((each) => order(stranger, remix.id, each)));
    for (const taskId of tasks) stranger.listen(TaskStatusDocument, { taskId });
    const results = await Promise.all(
      tasks.map((id, n) => (words[n] === "[fault:malformed]" ? null : ended(stranger, id))),
    );
    expect(results.map((task) => task?.status)).toEqual([
      "SUCCESS",
      "FAILURE",
      "FAILURE",
      "FAILURE",
      undefined,
    ]);
    const failed = results[1]?.id as string;
    const { retryTask } = await stranger.request(RetryTaskDocument, { input: { taskId: failed } });
    await stranger.execute(CancelTaskDocument, { input: { taskId: retryTask.task.id } });

    for (const workId of [original.id, remix.id]) {
      await payer.request(UnlockPromptDocument, { input: { workId } });
      await payer.request(TipWorkDocument, { input: { workId, credits: 10 } });
      await stranger.request(TipWorkDocument, { input: { workId, credits: 10 } });
      // Refusals and broken requests.
      await stranger.execute(UnlockPromptDocument, { input: { workId, maxCostCredits: 4 } });
      await stranger.execute(RemixWorkDocument, { input: { workId, maxCostCredits: 1 } });
      await stranger.execute(RemixWorkDocument, { input: { workId, prompt: "x".repeat(4000) } });
      await stranger.execute("query ($id: ID!) { work(id: $id) { prompt { texts } } }", { id: workId });
    }
    for (const each of [author, remixer, payer, stranger]) await lookEverywhere(each);

    for (const each of [author, remixer, payer, stranger])
      expect(each.heard.join("")).toMatch(/"walletChanged".*"workChanged"|"workChanged".*"walletChanged"/);
    expect(author.knows).toEqual(["original"]);
    expect(remixer.knows).toEqual(["remix"]);
    expect(payer.knows).toEqual(names);
    expect(stranger.knows).toEqual([]);
  });

  test("is not in errors while the database refuses, and stays locked when the works have gone", async () => {
    await product.app.db.execute(sql`alter table prompt_unlocks rename to prompt_unlocks_away`);
    await lookEverywhere(stranger);
    await stranger.execute(UnlockPromptDocument, { input: { workId: remix.id } });
    await product.app.db.execute(sql`alter table prompt_unlocks_away rename to prompt_unlocks`);
    await author.request(UnpublishWorkDocument, { input: { workId: original.id } });
    for (const each of [author, remixer, payer, stranger]) await lookEverywhere(each);
    expect([author.knows, remixer.knows, stranger.knows]).toEqual([["original"], ["remix"], []]);
    expect(stranger.heard.join("")).toContain("INTERNAL");
  });

  test("reaches the vendor, joined from the original down", async () => {
    const answer = await fetch(`${vendor.url}/control/tasks`);
    const { tasks } = (await answer.json()) as { tasks: Record<string, unknown> | unknown[] };
    const sent = JSON.stringify(tasks);
    const joined = `a cat, ${markers.original} at night, ${markers.remix}`;
    expect(sent).toContain(joined);
    expect(sent).toContain(`${joined} on the moon`);
  });

  test("is in no log line, event, trace or metric", async () => {
    const metrics = await product.app.metrics.registry.metrics();
    const places = {
      logs: product.logged.join(""),
      events: events.join(""),
      traces: collector.received.join(""),
      metrics,
    };
    for (const [place, text] of Object.entries(places)) {
      expect(text.length, place).toBeGreaterThan(0);
      for (const name of names) expect(text.includes(markers[name]), `${name} in the ${place}`).toBe(false);
    }
  });

  test("is stored in its author's task, the attempt that sent it and its work, and nowhere joined", async () => {
    const { db } = product.app;
    const tables = await db.execute<{ schema: string; name: string }>(sql`
      select schemaname as schema, tablename as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`);
    const found: string[] = [];
    for (const { schema, name } of tables) {
      const rows = await db.execute<{ row: string }>(sql`
        select t::text as row from ${sql.identifier(schema)}.${sql.identifier(name)} t where t::text like '%marker-of-the-%'`);
      for (const { row } of rows)
        found.push(`${name}: ${names.filter((marker) => row.includes(markers[marker])).join(" and ")}`);
    }
    expect(found.toSorted()).toEqual([
      "task_attempts: original",
      "task_attempts: remix",
      "tasks: original",
      "tasks: remix",
      "works: original",
      "works: remix",
    ]);
  });
});
