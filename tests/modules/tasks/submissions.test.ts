import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Submissions } from "../../../src/modules/tasks/submissions.js";
import type { TaskRow } from "../../../src/modules/tasks/tasks.repository.js";
import type { Jobs, NewJob } from "../../../src/platform/jobs.js";
import { createLogger } from "../../../src/platform/logger.js";
import { until } from "../../support/until.js";

const logger = await createLogger({ level: "silent", pretty: false });
const made = (id: string) => [{ task: { id, userId: "ana" } as TaskRow, origin: undefined }];

function queueThat(fails: number) {
  const given: unknown[] = [];
  let calls = 0;
  const enqueueNow = async (_queue: unknown, jobs: NewJob<object>[]) => {
    if (calls++ < fails) throw new Error("the database starts again");
    given.push(...jobs.map(({ onceKey }) => onceKey));
  };
  return { given, submissions: new Submissions({ jobs: { enqueueNow } as unknown as Jobs, logger }) };
}

test("a task that is made in the very moment in which the last ones got their jobs gets its own too", async () => {
  for (let gap = 0; gap < 12; gap++) {
    const { given, submissions } = queueThat(0);
    submissions.take(made("first"));
    for (let n = 0; n < gap; n++) await Promise.resolve();
    submissions.take(made("second"));
    await until(`a job for each, after ${gap}`, () => given.length === 2);
    expect(given).toEqual(["first", "second"]);
  }
});

test("jobs that cannot be given are given again, and who closes does not wait for that", async () => {
  const { given, submissions } = queueThat(1);
  submissions.take(made("first"));
  submissions.take(made("second"));
  await nextTurn();
  expect(given).toEqual([]);
  await submissions.close();
  expect(given).toEqual(["first", "second"]);

  const hopeless = queueThat(Number.POSITIVE_INFINITY);
  hopeless.submissions.take(made("left to the sweep"));
  await hopeless.submissions.close();
  expect(hopeless.given).toEqual([]);
});

test("of many tasks that come one after the other the first gets its job at once, and the others together", async () => {
  const statements: string[][] = [];
  const enqueueNow = async (_queue: unknown, jobs: NewJob<object>[]) => {
    statements.push(jobs.map(({ onceKey }) => onceKey ?? ""));
    await nextTurn();
  };
  const submissions = new Submissions({ jobs: { enqueueNow } as unknown as Jobs, logger });
  submissions.take(made("first"));
  await Promise.resolve();
  expect(statements).toEqual([["first"]]);
  for (const id of ["second", "third", "fourth"]) {
    submissions.take(made(id));
    await Promise.resolve();
  }
  await submissions.close();
  expect(statements.flat()).toEqual(["first", "second", "third", "fourth"]);
  expect(statements.length).toBeLessThan(4);
});
