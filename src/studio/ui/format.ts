import type { AspectRatio } from "../../generated/operations";

/** 75 → 1:15 */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** RATIO_16_9 → 16:9 */
export function ratioName(ratio: AspectRatio): string {
  return ratio.slice("RATIO_".length).replace("_", ":");
}

/** RATIO_16_9 → 1.78, width to height. */
export function ratioValue(ratio: AspectRatio): number {
  const [width = 1, height = 1] = ratioName(ratio).split(":").map(Number);
  return width / height;
}

/** Unicode code points, as the server counts. */
export function length(text: string): number {
  return [...text].length;
}
