import { createHash } from "node:crypto";
import { v5 } from "uuid";

const namespace = "2f9d6a54-5b3a-4c0e-9a55-0d8f1f6d5c11";

/** Chance that a seed number decides. Each draw depends on the number and on its own name alone. */
export class Draw {
  constructor(private readonly seed: number) {}

  /** From 0 to 1, without 1. */
  share(...name: (string | number)[]): number {
    const hash = createHash("sha256")
      .update(`${this.seed}/${name.join("/")}`)
      .digest();
    return hash.readUIntBE(0, 6) / 2 ** 48;
  }

  /** From 0 to `count` - 1. */
  index(count: number, ...name: (string | number)[]): number {
    return Math.floor(this.share(...name) * count);
  }

  /** Like `index`, but the first ones are the most likely: a quarter of the draws are in the first sixteenth. */
  indexOfPopular(count: number, ...name: (string | number)[]): number {
    return Math.floor(this.share(...name) ** 2 * count);
  }

  pick<T>(choices: readonly T[], ...name: (string | number)[]): T {
    return choices[this.index(choices.length, ...name)] as T;
  }

  uuid(...name: (string | number)[]): string {
    return v5(`${this.seed}/${name.join("/")}`, namespace);
  }
}
