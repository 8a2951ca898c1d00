export interface Row {
  /** Indexes of the frames, from left to right. */
  items: number[];
  height: number;
  /** Whether the frames fill the width. Only the last row may not. */
  isFull: boolean;
}

/** A frame comes at most this many places early. */
const placesEarly = 2;
/** The last row is not stretched beyond this. */
const stretchMax = 1.25;

/**
 * Rows of one height for frames that keep their shape. Each row is the one nearest to the target height,
 * and may take a frame from a little further on for it.
 */
export function packRows(ratios: readonly number[], width: number, target: number, gap: number): Row[] {
  const queue = ratios.map((_, index) => index);
  const rows: Row[] = [];
  const sumOf = (items: number[]) => items.reduce((sum, index) => sum + (ratios[index] ?? 1), 0);
  const heightOf = (items: number[]) => (width - gap * (items.length - 1)) / sumOf(items);
  const distance = (height: number) => Math.abs(Math.log(height / target));
  while (queue.length > 0) {
    let best: number[] = [];
    for (let count = 1; count <= queue.length; count++) {
      const start = queue.slice(0, count - 1);
      for (const last of queue.slice(count - 1, count + placesEarly)) {
        const items = [...start, last];
        if (best.length === 0 || distance(heightOf(items)) < distance(heightOf(best)) - 1e-9) best = items;
      }
      if (heightOf(start.length > 0 ? start : [queue[0] as number]) < target / 2) break;
    }
    const height = heightOf(best);
    const isLast = best.length === queue.length;
    const isFull = !isLast || height <= target * stretchMax;
    rows.push({ items: best, height: isFull ? height : target, isFull });
    for (const index of best) queue.splice(queue.indexOf(index), 1);
  }
  return rows;
}

/** The height that rows aim at, for a width of the grid. `scale` makes the rows of wide ones lower. */
export function targetHeight(width: number, scale = 1): number {
  if (width < 600) return width * 0.6;
  return Math.min(340, Math.max(230, width * 0.215)) * scale;
}
