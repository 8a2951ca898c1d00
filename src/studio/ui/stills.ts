import { fileUrl } from "../app/root";

export interface Stills {
  width: number;
  height: number;
  small: string;
  medium: string;
  large: string;
}

/** Sizes of stills are of the long side. `srcset` wants the width. */
const longSides = { small: 160, medium: 480, large: 1080 };

/** The width of a film on its page: all of a narrow one, two thirds of a wide one. */
export const filmSizes = "(min-width: 960px) 66vw, 100vw";

export function srcSet(still: Stills): string {
  const part = still.width / Math.max(still.width, still.height);
  return (["small", "medium", "large"] as const)
    .map((size) => `${fileUrl(still[size])} ${Math.round(longSides[size] * part)}w`)
    .join(", ");
}
