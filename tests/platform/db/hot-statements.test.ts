import { format } from "sql-formatter";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  DownloadNoWatermarkDocument,
  StatementDocument,
  TaskDocument,
  TasksDocument,
  VideosDocument,
  WalletDocument,
} from "../../../src/generated/operations.js";
import { insertTasks } from "../../../src/modules/tasks/steps/create-tasks.repository.js";
import { tasksNewerThan } from "../../../src/modules/tasks/tasks.repository.js";
import { newUuid, uuidFromPublicId } from "../../../src/platform/ids/ids.js";
import type { Client } from "../../support/client.js";
import { type Product, startProduct } from "../../support/product.js";
import { statementsDuring, statementsOf } from "../../support/statements.js";
import { create, ended } from "../../support/tasks.js";
import { publish } from "../../support/works.js";

const header = `-- The hottest statements, composed and as the server sends them. A change of one shows in this file:
-- npx vitest run tests/platform/db/hot-statements.test.ts -u
`;

let product: Product;
let ana: Client;
let ben: Client;
beforeAll(async () => {
  product = await startProduct();
  [ana, ben] = [await product.user(), await product.user()];
});
afterAll(() => product.close());

/** The only statement that matches. The worker sends other statements at the same time. */
function oneWith(part: RegExp, statements: readonly string[]): string {
  const [found, another] = [...new Set(statements.filter((statement) => part.test(statement)))];
  if (!found || another) throw new Error(`${found ? "two statements have" : "no statement has"} ${part}`);
  return found;
}

/** The statement for simultaneous calls of two users. */
async function createdTogether(): Promise<string[]> {
  const call = (client: Client) => {
    const userId = uuidFromPublicId("user", client.userId)!;
    const order = {
      prompt: "a cat",
      durationSec: 10,
      ratio: "RATIO_9_16" as const,
      model: "sora2",
      hd: false,
    };
    const none = { note: null, projectId: null, referenceImageId: null, batchId: null, remix: null };
    const task = { id: newUuid(), userId, ...order, ...none, costCredits: 10, nextCheckAt: new Date() };
    return { userId, mutation: "createTask", key: null, input: {}, tasks: [task], requestInfo: undefined };
  };
  const day = new Date().toISOString().slice(0, 10);
  const limits = { openMax: 100, perDayMax: 100, day };
  return statementsDuring(() => insertTasks(product.app.db, [call(ana), call(ben)], limits));
}

test("docs/statements.sql contains the most frequent statements as the server sends them", async () => {
  const id = await create(ana);
  let videoId = "";
  const life = await statementsDuring(async () => {
    videoId = (await ended(ana, id)).video!.id;
  });
  const taskId = uuidFromPublicId("task", id)!;
  const publishing = await statementsDuring(() => publish(product, ana, { videoId }));
  const answers = async (request: () => Promise<unknown>, part: RegExp) =>
    oneWith(part, await statementsOf(request));

  const statements: [title: string, statement: string][] = [
    [
      "createTask, for one user: the hold, the task, its place among the new tasks, and the key",
      oneWith(/new_tasks \(task_id/, await statementsDuring(() => create(ana))),
    ],
    [
      "createTask, for many users at the same moment",
      oneWith(/new_tasks \(task_id/, await createdTogether()),
    ],
    ["A task is SUCCESS: its hold becomes revenue", oneWith(/'GEN_SETTLE'/, life)],
    [
      "downloadNoWatermark: the charge",
      oneWith(
        /ledger_transfer_type, 'CREDIT'/,
        await statementsDuring(() => ana.request(DownloadNoWatermarkDocument, { input: { videoId } })),
      ),
    ],
    ["publishWork, for many users at the same moment: the locks", oneWith(/pg_try_advisory/, publishing)],
    ["publishWork: the works", oneWith(/into "work_lineage"/, publishing)],
    ["wallet", await answers(() => ana.request(WalletDocument), /"wallets"\."user_id" = any\(/)],
    [
      "wallet.entries, as the shipped document asks for them",
      await answers(() => ana.request(StatementDocument, {}), /ledger_sides/),
    ],
    ["task(id)", await answers(() => ana.request(TaskDocument, { id }), /"tasks"\."id" = any\(/)],
    [
      "tasks, as the shipped document asks for them",
      await answers(() => ana.request(TasksDocument, {}), /lateral[\s\S]* from "tasks"/),
    ],
    [
      "videos, as the shipped document asks for them",
      await answers(() => ana.request(VideosDocument, {}), /lateral[\s\S]* from "videos"/),
    ],
    [
      "Subscriptions: tasks that changed",
      oneWith(
        /as seen\(/,
        await statementsDuring(() => tasksNewerThan(product.app.db, [{ id: taskId, revision: 1 }])),
      ),
    ],
  ];
  const texts = statements.map(([title, statement]) => `-- ${title}.\n${pretty(statement)};\n`);
  await expect([header, ...texts].join("\n")).toMatchFileSnapshot("../../../docs/statements.sql");
});

function pretty(statement: string): string {
  return format(statement, {
    language: "postgresql",
    tabWidth: 2,
    expressionWidth: 110,
    keywordCase: "lower",
  });
}
