import { expect, test } from "vitest";
import { Newest } from "./newest";

const task = (revision: number, progress: number) => ({
  __typename: "Task",
  id: "task_1",
  revision,
  progress,
});

test("an older answer does not undo a newer event", () => {
  const newest = new Newest();
  expect(newest.of({ myTaskStatus: task(5, 60) })).toEqual({ myTaskStatus: task(5, 60) });
  expect(newest.of({ tasks: { nodes: [task(3, 20)] } })).toEqual({ tasks: { nodes: [task(5, 60)] } });
  expect(newest.of({ task: task(6, 80) })).toEqual({ task: task(6, 80) });
});

test("fields that only the older answer has are kept from it", () => {
  const newest = new Newest();
  newest.of(task(5, 60));
  expect(newest.of({ ...task(3, 20), prompt: "a cat" })).toEqual({ ...task(5, 60), prompt: "a cat" });
});

test("objects of another type or id are left alone", () => {
  const newest = new Newest();
  newest.of(task(5, 60));
  const wallet = { __typename: "Wallet", id: "task_1", revision: 1, credits: 3 };
  expect(newest.of([wallet, null, "text"])).toEqual([wallet, null, "text"]);
});
