import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createPlan } from "../../src/cli/seed/plan.js";
import { FeedDocument, MeDocument } from "../../src/generated/operations.js";
import type { Db } from "../../src/platform/db/index.js";
import { PhoneNumber } from "../../src/platform/graphql/scalars.js";
import { breachesOf } from "../support/audit.js";
import { type CommandResult, runCommand } from "../support/command.js";
import { freshDatabase, type TestDatabase } from "../support/database.js";
import { fixedCode } from "../support/product.js";
import { ServerProcess } from "../support/server-process.js";

const small = ["--users", "6", "--works", "8", "--seed", "7"];

/** Everything that a seed decides, without times and random ids. */
async function contentOf(db: Db): Promise<Record<string, unknown[]>> {
  const reactionsIn = (table: string) => sql`
    select w.video_id as work, r.user_id as person from ${sql.identifier(table)} r
    join works w on w.id = r.work_id order by 1, 2`;
  const read = async (query: ReturnType<typeof sql>) => [...(await db.execute(query))];
  return {
    people: await read(sql`select id, phone, nickname, bio from users order by id`),
    works: await read(sql`
      select video_id, user_id, title, description, prompt, ratio, prompt_price_credits, remixable, remix_fee_credits
      from works order by video_id`),
    follows: await read(sql`select follower_id, followed_id from follows order by 1, 2`),
    likes: await read(reactionsIn("work_likes")),
    favorites: await read(reactionsIn("work_favorites")),
    shares: await read(reactionsIn("work_shares")),
    views: await read(reactionsIn("work_views")),
  };
}

describe("development data", () => {
  let folder: string;
  let dataDir: string;
  let server: ServerProcess;
  let first: CommandResult;
  let other: TestDatabase;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "skyriff-seed-"));
    dataDir = join(folder, "server");
    other = await freshDatabase({ empty: true });
    server = await ServerProcess.start({ DATA_DIR: dataDir, SMS_FIXED_CODE: fixedCode });
    first = await runCommand({ DATA_DIR: dataDir }, "seed", ...small);
  });
  afterAll(async () => {
    await ServerProcess.killAll();
    await other.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("is added beside a running server, which shows it to everybody", async () => {
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain("published works: 8 (8 new)");
    const planned = createPlan({ users: 6, works: 8, seed: 7 });
    const { feed } = await server.client().request(FeedDocument, { kind: "DISCOVER", first: 100 });
    expect(feed.nodes.map(({ title }) => title).toSorted()).toEqual(
      planned.works.map(({ title }) => title).toSorted(),
    );
    const likes = feed.nodes.reduce((sum, { likeCount }) => sum + likeCount, 0);
    expect(likes).toBe(planned.reactions.like.length);
    const preview = await fetch(feed.nodes[0]?.previewUrl as string);
    expect(preview.status).toBe(200);
    expect(preview.headers.get("content-type")).toBe("video/mp4");
    expect(
      new Set(feed.nodes.map(({ publishedAt }) => String(publishedAt).slice(0, 10))).size,
    ).toBeGreaterThan(2);
  });

  test("prints a phone number that cannot belong to a person, with which a developer can log in", async () => {
    const [, nickname, phone = ""] = /Log in as (.+) with the phone number (\S+)\. /.exec(first.stdout) ?? [];
    expect(phone).toMatch(/^\+1\d{3}55501\d{2}$/);
    expect(PhoneNumber.parseValue(phone)).toBe(phone);
    const client = server.client();
    await client.logIn(phone, fixedCode);
    const { me } = await client.request(MeDocument);
    expect(me.nickname).toBe(nickname);
  });

  test("is added once, and the second run says so", async () => {
    const second = await runCommand({ DATA_DIR: dataDir }, "seed", ...small);
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(second.stdout).toContain("published works: 8 (0 new)");
    expect(second.stdout).toContain("nothing was added");
    const audit = await runCommand({ DATA_DIR: dataDir }, "audit", "--files", "--bytes");
    expect(audit).toMatchObject({ code: 0, stdout: "Every invariant holds.\n" });
  });

  test("is the same for the same number, in an empty database and without a server, and grows with larger numbers", async () => {
    const { db } = other.database;
    const settings = { DATABASE_URL: other.url, DATA_DIR: join(folder, "other") };
    expect(await runCommand(settings, "seed", ...small)).toMatchObject({ code: 0, stderr: "" });
    const content = await contentOf(db);
    expect(content.people).toHaveLength(6);
    expect(content.works).toHaveLength(8);
    const planned = createPlan({ users: 6, works: 8, seed: 7 });
    expect(content.works?.map((row) => (row as { title: string }).title).toSorted()).toEqual(
      planned.works.map(({ title }) => title).toSorted(),
    );
    expect(content.likes).toEqual(
      planned.reactions.like
        .map(({ work, person }) => ({ work: work.videoId, person: person.id }))
        .toSorted((a, b) => (`${a.work}${a.person}` < `${b.work}${b.person}` ? -1 : 1)),
    );
    const unfolded = await db.execute(
      sql`select id from work_stat_deltas union all select id from user_stat_deltas`,
    );
    expect(unfolded).toHaveLength(0);
    expect(await breachesOf(db)).toEqual([]);
    const more = await runCommand(settings, "seed", "--users", "7", "--works", "9", "--seed", "8");
    expect(more.stdout).toContain("people: 7 (7 new)");
    expect(await db.execute(sql`select id from works`)).toHaveLength(17);
  });
});

test("another number gives other people and works", () => {
  const [one, same, two] = [1, 1, 2].map((seed) => createPlan({ users: 20, works: 40, seed }));
  expect(same).toEqual(one);
  expect(two?.people.map(({ nickname }) => nickname)).not.toEqual(
    one?.people.map(({ nickname }) => nickname),
  );
});

test("development data is refused in production before anything is opened", async () => {
  const refused = await runCommand({ NODE_ENV: "production", DATA_DIR: "/nonexistent" }, "seed");
  expect(refused).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("NODE_ENV=production"),
  });
});
