import { expect, test } from "vitest";
import { Newest } from "../../docs/clients/newest.js";

const wallet = (revision: number, credits: number) => ({ id: "wallet_1", credits, revision });

test("an older object is replaced by the newest one at any place in a result", () => {
  const newest = new Newest();
  expect(newest.of({ walletChanged: wallet(2, 80) })).toEqual({ walletChanged: wallet(2, 80) });
  const late = { createTask: { wallet: { ...wallet(1, 90), entries: [] }, tasks: [{ id: "task_1" }] } };
  expect(newest.of(late)).toEqual({
    createTask: { wallet: { ...wallet(2, 80), entries: [] }, tasks: [{ id: "task_1" }] },
  });
  expect(newest.of({ wallet: wallet(3, 70) })).toEqual({ wallet: wallet(3, 70) });
  expect(newest.of({ wallet: { id: "wallet_1", revision: 2, credits: 80 } })).toEqual({
    wallet: wallet(3, 70),
  });
});

test("fields that only an older result had stay, and other values are unchanged", () => {
  const newest = new Newest();
  newest.of({ id: "task_1", revision: 5, progress: 40 });
  newest.of({ id: "task_1", revision: 5, status: "IN_PROGRESS" });
  const late = newest.of({ id: "task_1", revision: 4, progress: 10, status: "QUEUED" });
  expect(late).toEqual({ id: "task_1", revision: 5, progress: 40, status: "IN_PROGRESS" });
  const data = { a: null, b: [1, "x", null], c: { id: 1, revision: "2" } };
  expect(newest.of(data)).toEqual(data);
});
