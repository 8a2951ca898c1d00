import { pino } from "pino";
import { expect, test } from "vitest";
import { ChangeReader } from "../../../src/platform/live/change-reader.js";
import { until } from "../../support/until.js";

const logger = pino({ level: "silent" });

test("changes of one tick share a read, and changes during that read share the next", async () => {
  const reads: string[][] = [];
  const blocked = Promise.withResolvers<void>();
  const read = async (ids: string[]) => {
    reads.push(ids);
    await blocked.promise;
    return ids;
  };
  const reader = new ChangeReader(read, () => {}, logger);
  for (const id of ["a", "b", "a", "c"]) reader.add([id]);
  await until("the first read", () => reads.length === 1);
  for (const id of ["b", "d"]) reader.add([id]);
  blocked.resolve();
  await until("the second read", () => reads.length === 2);
  expect(reads).toEqual([
    ["a", "b", "c"],
    ["b", "d"],
  ]);
});

test("the next read runs while rows are published, and a change made by publishing is read too", async () => {
  const happened: string[] = [];
  const blocked = Promise.withResolvers<void>();
  const read = async (ids: string[]) => {
    happened.push(`read ${ids}`);
    await blocked.promise;
    return ids;
  };
  const publish = (ids: string[]) => {
    happened.push(`publish ${ids}`);
    if (ids.includes("b")) reader.add(["c"]);
  };
  const reader = new ChangeReader(read, publish, logger);
  reader.add(["a"]);
  await until("the first read", () => happened.length === 1);
  reader.add(["b"]);
  blocked.resolve();
  await until("the last row is published", () => happened.includes("publish c"));
  expect(happened).toEqual(["read a", "read b", "publish a", "publish b", "read c", "publish c"]);
});

test("after a read that fails, the changes that came during it are read and published", async () => {
  const reads: string[][] = [];
  const published: string[] = [];
  const blocked = Promise.withResolvers<void>();
  const read = async (ids: string[]) => {
    reads.push(ids);
    await blocked.promise;
    if (ids.includes("bad")) throw new Error("the database is unavailable");
    return ids;
  };
  const reader = new ChangeReader(read, (ids) => published.push(...ids), logger);
  reader.add(["bad"]);
  await until("the first read", () => reads.length === 1);
  reader.add(["good"]);
  blocked.resolve();
  await until("the other is published", () => published.length === 1);
  expect(published).toEqual(["good"]);
});
