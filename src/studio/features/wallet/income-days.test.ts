import { expect, test } from "vitest";
import type { IncomeFieldsFragment } from "../../../generated/operations";
import { byDay, nextRelease } from "./income-days";

const income = (id: string, state: IncomeFieldsFragment["state"], at: string) =>
  ({ id, state, releaseAt: at, endedAt: state === "PENDING" ? null : at }) as IncomeFieldsFragment;

test("incomes of one state and day are together, in their order", () => {
  const days = byDay([
    income("a", "PENDING", "2026-12-06T14:20:00"),
    income("b", "PENDING", "2026-12-06T09:00:00"),
    income("c", "PENDING", "2026-12-05T23:59:00"),
    income("d", "RELEASED", "2026-12-05T10:00:00"),
    income("e", "REVERSED", "2026-12-05T10:00:00"),
  ]);
  expect(days.map((each) => each.map(({ id }) => id))).toEqual([["a", "b"], ["c"], ["d"], ["e"]]);
});

test("the next coins are all that become free first, counted exactly", () => {
  const at = "2026-12-06T14:20:00.000Z";
  const pending = [
    { coins: "0.9000", releaseAt: "2026-12-07T14:20:00.000Z" },
    { coins: "0.1000", releaseAt: at },
    { coins: "0.2000", releaseAt: at },
  ];
  expect(nextRelease(pending)).toEqual({ coins: "0.3000", at: new Date(at) });
  expect(nextRelease([])).toBeNull();
});
