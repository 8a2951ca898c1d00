import { expect, test } from "vitest";
import { remixFee, remixPayees } from "./remix-fee";

const level = (author: string | null, shareBasisPoints: number) => ({
  shareBasisPoints,
  author: author === null ? null : { id: author, nickname: author },
});
const source = (author: string, ...lineage: ReturnType<typeof level>[]) => ({
  author: { id: author, nickname: author },
  remixFeeCredits: 2,
  lineage,
});

test("a fee is due if another user is paid by it", () => {
  expect(remixFee(source("ana"), "ben")).toBe(2);
  expect(remixFee(source("ana"), null)).toBe(2);
  expect(remixFee(source("ana"), "ana")).toBe(0);
  expect(remixFee(source("ana", level("ben", 3000)), "ana")).toBe(2);
  expect(remixFee(source("ana", level("ana", 3000)), "ana")).toBe(0);
});

test("an author who cannot be seen is paid, and one who is passed over is not", () => {
  expect(remixFee(source("ana", level(null, 3000)), "ana")).toBe(2);
  expect(remixFee(source("ana", level("ben", 0)), "ana")).toBe(0);
});

test("each other user who is paid is named once", () => {
  const paid = source("ana", level("ben", 3000), level("ana", 1000), level(null, 500), level("carl", 0));
  expect(remixPayees(paid, null)).toEqual(["ana", "ben"]);
  expect(remixPayees(paid, "ana")).toEqual(["ben"]);
  expect(remixPayees(null, "ana")).toEqual([]);
});
