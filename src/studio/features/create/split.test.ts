import { expect, test } from "vitest";
import type { Task } from "../../app/task-state";
import { split } from "./split";

const task = (id: string, status: Task["status"]) => ({ id, status }) as Task;
const keys = (places: { key: string; task: Task }[]) => places.map(({ key, task: { id } }) => [key, id]);

test("a task that ended while one was looking keeps its place", () => {
  const tasks = [task("c", "IN_PROGRESS"), task("b", "SUCCESS"), task("a", "SUCCESS")];
  const { making, earlier, runningCount } = split(tasks, new Set(["c", "b"]), new Map());
  expect(keys(making)).toEqual([
    ["c", "c"],
    ["b", "b"],
  ]);
  expect(keys(earlier)).toEqual([["a", "a"]]);
  expect(runningCount).toBe(1);
});

test("a retry, and the retry of the retry, take the place of what failed first", () => {
  const tasks = [
    task("third", "QUEUED"),
    task("second", "FAILURE"),
    task("ok", "SUCCESS"),
    task("first", "FAILURE"),
  ];
  const retries = new Map([
    ["first", "second"],
    ["second", "third"],
  ]);
  const { making, earlier } = split(tasks, new Set(["second", "third"]), retries);
  expect(keys(making)).toEqual([]);
  expect(keys(earlier)).toEqual([
    ["ok", "ok"],
    ["first", "third"],
  ]);
});
