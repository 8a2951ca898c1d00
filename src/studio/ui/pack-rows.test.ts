import { expect, test } from "vitest";
import { packRows, targetHeight } from "./pack-rows";

const shapes = [16 / 9, 9 / 16, 1];
const gap = 10;
/** Shapes in an order that has no pattern, the same each time. */
const mixed = Array.from({ length: 300 }, (_, n) => shapes[((n * n * 7 + n * 3) % 11) % 3] as number);

test.each([360, 720, 960, 1280, 1760])(
  "at %s px every full row fills the width, and each frame is there once",
  (width) => {
    const rows = packRows(mixed, width, targetHeight(width), gap);
    const shown = rows.flatMap(({ items }) => items);
    expect([...shown].sort((a, b) => a - b)).toEqual(mixed.map((_, index) => index));
    for (const { items, height, isFull } of rows) {
      const sum = items.reduce(
        (total, index) => total + (mixed[index] as number) * height,
        gap * (items.length - 1),
      );
      if (isFull) expect(sum).toBeCloseTo(width, 6);
      else expect(sum).toBeLessThan(width);
    }
  },
);

test.each([960, 1280, 1600, 1760])("at %s px rows stay within 0.8 and 1.25 of their target", (width) => {
  const target = targetHeight(width);
  const heights = packRows(mixed, width, target, gap)
    .slice(0, -1)
    .map(({ height }) => height / target);
  expect(Math.min(...heights)).toBeGreaterThan(0.8);
  expect(Math.max(...heights)).toBeLessThan(1.25);
});

test("a frame comes at most two places early", () => {
  let next = 0;
  const seen = new Set<number>();
  for (const { items } of packRows(mixed, 1280, 290, gap)) {
    for (const index of items) {
      expect(index - next).toBeLessThanOrEqual(2);
      seen.add(index);
      while (seen.has(next)) next++;
    }
  }
});

test("rows that are there stay as they are when more frames come", () => {
  const before = packRows(mixed.slice(0, 60), 1280, 290, gap);
  const after = packRows(mixed, 1280, 290, gap);
  expect(after.slice(0, before.length - 2)).toEqual(before.slice(0, -2));
});
