import { afterAll, beforeAll, expect, test } from "vitest";
import { BlockDocument, ReportDocument, type ReportInput } from "../../../src/generated/operations.js";
import { closeReports } from "../../../src/modules/reports/index.js";
import { newUuid, publicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { callCommand } from "../../support/command.js";
import { type Product, startProduct } from "../../support/product.js";
import { publish } from "../../support/works.js";

let product: Product;
let users: Client[];
beforeAll(async () => {
  product = await startProduct();
  users = await Promise.all(Array.from({ length: 4 }, () => product.user()));
});
afterAll(() => product.close());

const skyriff = (...args: string[]) =>
  callCommand({ DATABASE_URL: product.testDb.url, DATA_DIR: product.dataDir }, ...args);

const report = (client: Client, subjectId: string, input: Partial<ReportInput> = {}) =>
  client.request(ReportDocument, { input: { subjectId, reason: "SPAM", ...input } });

const idsIn = (text: string) => [...text.matchAll(/^ {4}(report_\w{26})/gm)].map(([, id]) => id as string);

test("operators list reports, most reported first, and close them", async () => {
  expect((await skyriff("reports", "--open")).stdout).toBe("There are no open reports.\n");
  const [author, bo, cy, di] = users as [Client, Client, Client, Client];
  const work = await publish(product, author, { title: "Win", description: "follow\nthe link" });
  for (const client of [bo, cy]) await report(client, work.id);
  await report(di, work.id, { reason: "FRAUD", note: "a \u001b[31mtrick\u202e\nin two lines" });
  await report(bo, cy.userId, { reason: "OTHER", note: "rude" });
  await cy.request(BlockDocument, { input: { userId: bo.userId } });

  const { code, stdout } = await skyriff("reports", "--open");
  expect(code).toBe(0);
  const [first, words, newest] = stdout.split("\n");
  expect(first).toBe(
    `${work.id} by ${author.userId} (PUBLISHED): 3 reporters, 3 reports, 3 open: SPAM 2, FRAUD 1`,
  );
  expect(words).toBe("    reported as: Win follow the link");
  expect(newest).toMatch(
    /^ {4}report_\w{26} {2}\S+Z {2}FRAUD {2}from user_\w{26} {2}a \[31mtrick in two lines$/,
  );
  expect(stdout).toContain(`${cy.userId} (active): 1 reporter, 1 report, 1 open: OTHER 1\n`);
  expect(stdout).not.toMatch(/\+?86\d{11}/);
  const [ofWork = "", ofUser = ""] = [idsIn(stdout)[0], idsIn(stdout)[3]];

  const closed = await skyriff("reports", "close", ofWork, "--note", "harmless");
  expect(closed).toMatchObject({ code: 0, stdout: "Closed 1 report.\n" });
  const again = await skyriff("reports", "close", ofWork, "--note", "other words");
  expect(again).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/is closed already, .*: harmless\n$/),
  });
  const rest = await skyriff("reports", "close", idsIn(stdout)[1] ?? "", "--note", "x", "--same-subject");
  expect(rest.stdout).toBe("Closed 2 reports.\n");
  expect(idsIn((await skyriff("reports", "--open")).stdout)).toEqual([ofUser]);

  await report(di, work.id, { note: "again" });
  const all = (await skyriff("reports")).stdout;
  expect(all).toContain("3 reporters, 4 reports, 1 open: SPAM 3, FRAUD 1\n");
  expect(all).toMatch(/FRAUD {2}from user_\w{26} {2}\[closed \S+Z: harmless\] {2}a /);
});

test("close refuses an unknown id and an empty note with a sentence", async () => {
  const absent = publicId("report", newUuid());
  expect(await skyriff("reports", "close", absent, "--note", "x")).toMatchObject({
    code: 1,
    stderr: `There is no report ${absent}.\n`,
  });
  const close = (id: string, note: string) => closeReports(product.app, { id, note, sameSubject: false });
  await expect(close("report_x", "x")).rejects.toThrow("There is no report report_x.");
  await expect(close(absent, " ")).rejects.toThrow("note must have 1 to 1000 characters.");
});
