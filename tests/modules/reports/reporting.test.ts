import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  BlockDocument,
  ReportDocument,
  type ReportInput,
  UnpublishWorkDocument,
  UpdateProfileDocument,
  UpdateWorkDocument,
} from "../../../src/generated/operations.js";
import { newUuid, publicId, uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { audit } from "../../support/tasks.js";
import { publish } from "../../support/works.js";
import { bansOf, uuidOf } from "../social/social-fixture.js";

const reportsPerDay = 5;

let product: Product;
let ana: Client;
beforeAll(async () => {
  product = await startProduct({ settings: { REPORTS_PER_DAY: String(reportsPerDay) } });
  ana = await product.user();
});
afterAll(() => product.close());

const report = (client: Client, subjectId: string, input: Partial<ReportInput> = {}) =>
  client.execute(ReportDocument, { input: { subjectId, reason: "SPAM", ...input } });

const refusalOf = async (client: Client, subjectId: string, input: Partial<ReportInput> = {}) =>
  (await report(client, subjectId, input)).errors?.[0];

interface StoredReport {
  id: string;
  reason: string;
  note: string;
  subject_state: string;
  created_at: string;
  received_at: string;
}

const reportsBy = (client: Client) =>
  product.app.db.execute<StoredReport & Record<string, unknown>>(
    sql`select * from reports where reporter_id = ${uuidOf(client)} order by created_at, id`,
  );

const closeReportsOf = (client: Client) =>
  product.app.db.execute(
    sql`update reports set closed_at = now(), closing_note = 'seen' where reporter_id = ${uuidOf(client)}`,
  );

describe("report", () => {
  test("keeps the words that a work or a user had, whatever becomes of them", async () => {
    const [author, bo] = [await product.user(), await product.user()];
    await author.request(UpdateProfileDocument, { input: { nickname: "Seller", bio: "cheap phones" } });
    const work = await publish(product, author, { title: "Win", description: "follow the link" });
    const before = Date.now();
    const { data } = await report(bo, work.id, { reason: "FRAUD", note: "  a trick " });
    expect(data?.report.subjectId).toBe(work.id);
    expect(Math.abs(new Date(data?.report.receivedAt as string).getTime() - before)).toBeLessThan(60_000);
    await report(bo, author.userId);
    await author.request(UpdateWorkDocument, { input: { workId: work.id, title: "x", description: "" } });
    await author.request(UpdateProfileDocument, { input: { nickname: "Nice", bio: "" } });
    expect(await reportsBy(bo)).toMatchObject([
      { reason: "FRAUD", note: "a trick", subject_state: "Win\n\nfollow the link" },
      { reason: "SPAM", note: "", subject_state: "Seller\n\ncheap phones" },
    ]);
  });

  test("replaces the reporter's open report, and is a new one after that is closed", async () => {
    const bo = await product.user();
    const work = await publish(product, ana, { title: "First" });
    await report(bo, work.id);
    await ana.request(UpdateWorkDocument, { input: { workId: work.id, title: "Second" } });
    const [first] = await reportsBy(bo);
    await report(bo, work.id, { reason: "OTHER", note: "look again" });
    const replaced = await reportsBy(bo);
    expect(replaced).toMatchObject([
      { id: first?.id, reason: "OTHER", note: "look again", subject_state: "Second" },
    ]);
    expect(replaced[0]?.created_at).toEqual(first?.created_at);
    expect(replaced[0]?.received_at).not.toEqual(first?.received_at);
    await closeReportsOf(bo);
    await report(bo, work.id);
    expect(await reportsBy(bo)).toMatchObject([{ note: "look again" }, { note: "" }]);
  });

  test("of one subject, thirty at once, is one report", async () => {
    const bo = await product.user();
    const work = await publish(product, ana);
    const answers = await Promise.all(Array.from({ length: 30 }, () => report(bo, work.id)));
    expect(answers.filter(({ errors }) => errors)).toEqual([]);
    expect(await reportsBy(bo)).toHaveLength(1);
  });

  test("of thirty subjects at once stops exactly at REPORTS_PER_DAY, and replacing goes on", async () => {
    const bo = await product.user();
    const subjects = await Promise.all(
      Array.from({ length: 30 }, async () => (await product.seed.user()).publicId),
    );
    const answers = await Promise.all(subjects.map((id) => report(bo, id)));
    expect(answers.filter(({ data }) => data)).toHaveLength(reportsPerDay);
    const tomorrow = new Date();
    tomorrow.setUTCHours(24, 0, 0, 0);
    for (const { errors } of answers.filter((answer) => answer.errors)) {
      expect(errors?.[0]?.extensions).toMatchObject({
        code: "QUOTA_EXCEEDED",
        limit: reportsPerDay,
        resetAt: tomorrow.toISOString(),
      });
    }
    const rows = await reportsBy(bo);
    expect(rows).toHaveLength(reportsPerDay);
    const reported = publicId("user", String(rows[0]?.subject_id));
    expect(await refusalOf(bo, reported, { note: "more" })).toBeUndefined();
    await closeReportsOf(bo);
    expect((await refusalOf(bo, reported))?.extensions.code).toBe("QUOTA_EXCEEDED");
    await product.app.db.execute(
      sql`update reports set created_at = created_at - interval '1 day' where reporter_id = ${uuidOf(bo)}`,
    );
    expect(await refusalOf(bo, reported)).toBeUndefined();
  });

  test("of the reporter, of the reporter's own work, or with a long note is BAD_USER_INPUT", async () => {
    const work = await publish(product, ana);
    const own = { code: "BAD_USER_INPUT", field: "subjectId" };
    expect((await refusalOf(ana, ana.userId))?.extensions).toMatchObject(own);
    expect((await refusalOf(ana, work.id))?.extensions).toMatchObject(own);
    await ana.request(UnpublishWorkDocument, { input: { workId: work.id } });
    expect((await refusalOf(ana, work.id))?.extensions).toMatchObject(own);
    const bo = await product.user();
    expect(await refusalOf(bo, ana.userId, { note: "😀".repeat(1000) })).toBeUndefined();
    expect((await refusalOf(bo, ana.userId, { note: "x".repeat(1001) }))?.extensions).toMatchObject({
      code: "BAD_USER_INPUT",
      field: "note",
    });
  });

  test("of what the viewer may not see is NOT_FOUND in the same words as of what does not exist", async () => {
    const [author, bo] = [await product.user(), await product.user()];
    const [work, unpublished] = [await publish(product, author), await publish(product, author)];
    await author.request(UnpublishWorkDocument, { input: { workId: unpublished.id } });
    const absent = await refusalOf(bo, publicId("work", newUuid()));
    expect(absent?.extensions).toMatchObject({ code: "NOT_FOUND", field: "subjectId" });
    const expectAbsent = async (...ids: string[]) => {
      for (const id of ids) expect(await refusalOf(bo, id), id).toEqual({ ...absent });
    };
    const task = publicId("task", newUuid());
    await expectAbsent(publicId("user", newUuid()), "work_x", "", task, unpublished.id);
    await author.request(BlockDocument, { input: { userId: bo.userId } });
    await expectAbsent(author.userId, work.id);
    const banned = await product.user();
    const bannedWork = await publish(product, banned);
    await bansOf(product).ban({ userId: uuidOf(banned) }, "a test");
    await expectAbsent(banned.userId, bannedWork.id);
    expect((await refusalOf(product.client(), work.id))?.extensions.code).toBe("UNAUTHENTICATED");
  });

  test("is possible of a user whom the viewer has blocked, and of their works", async () => {
    const [author, bo] = [await product.user(), await product.user()];
    const work = await publish(product, author);
    await bo.request(BlockDocument, { input: { userId: author.userId } });
    expect(await refusalOf(bo, author.userId)).toBeUndefined();
    expect(await refusalOf(bo, work.id)).toBeUndefined();
  });

  test("by a suspended user, whose request was authenticated before the ban, is FORBIDDEN", async () => {
    const bo = await product.user();
    const { service } = product.app.modules.reports;
    await bansOf(product).ban({ userId: uuidOf(bo) }, "a test");
    const input = { subjectId: ana.userId, reason: "SPAM", note: "" };
    await expect(service.report(uuidOf(bo), input as never)).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await reportsBy(bo)).toHaveLength(0);
  });
});

test("the metrics show the number of open reports and the age of the oldest", async () => {
  const { db, modules } = product.app;
  await db.execute(sql`update reports set closed_at = now(), closing_note = 'seen' where closed_at is null`);
  const [metrics] = modules.reports.metrics;
  const read = async () =>
    Object.fromEntries((await metrics!.read(db)).map(({ name, value }) => [name, value]));
  expect(await read()).toEqual({ skyriff_open_reports: 0, skyriff_oldest_open_report_seconds: 0 });
  const bo = await product.user();
  await report(bo, ana.userId);
  await db.execute(
    sql`update reports set created_at = created_at - interval '1 hour' where reporter_id = ${uuidOf(bo)}`,
  );
  const values = await read();
  expect(values.skyriff_open_reports).toBe(1);
  expect(values.skyriff_oldest_open_report_seconds).toBeGreaterThanOrEqual(3_600);
  expect(values.skyriff_oldest_open_report_seconds).toBeLessThan(3_700);
});

test("the audit finds nothing, and then reports of nothing and of the reporter's own work", async () => {
  const breachesOfReports = async () =>
    ((await audit(product)) as { invariant: string; detail: string }[]).filter(({ invariant }) =>
      invariant.startsWith("a report"),
    );
  expect(await breachesOfReports()).toEqual([]);
  const { db } = product.app;
  const insert = (type: string, id: string, reporter: string) =>
    db.execute(sql`insert into reports (id, reporter_id, subject_type, subject_id, reason, note, subject_state)
      values (${newUuid()}, ${reporter}, ${type}, ${id}, 'SPAM', '', '')`);
  await insert("work", newUuid(), uuidOf(ana));
  await insert("user", uuidOf(ana), uuidOf(ana));
  const breaches = await breachesOfReports();
  expect(breaches).toHaveLength(2);
  for (const { invariant, detail } of breaches) {
    expect(invariant).toBe("a report is of a work or user that exists, and not of the reporter's own");
    expect(detail).toContain(uuidFromPublicId("user", ana.userId));
  }
});
