import type { Exchange } from "urql";
import { map, pipe } from "wonka";

interface Revised {
  __typename: string;
  id: string;
  revision: number;
}

/** At most this many objects are remembered. The oldest are forgotten. */
const countMax = 2_000;

/**
 * Answers and events may arrive in another order than the server made them. An object of an older revision
 * than one that was seen before is replaced by the newer one, field by field.
 */
export class Newest {
  private readonly seen = new Map<string, Revised>();

  of(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.of(item));
    if (typeof value !== "object" || value === null) return value;
    const object = Object.fromEntries(Object.entries(value).map(([name, field]) => [name, this.of(field)]));
    return isRevised(object) ? this.newer(object) : object;
  }

  private newer(object: Revised): object {
    const key = `${object.__typename}:${object.id}`;
    const last = this.seen.get(key);
    if (last && last.revision > object.revision) return { ...object, ...pick(last, object) };
    this.seen.delete(key);
    this.seen.set(key, last ? { ...last, ...object } : object);
    if (this.seen.size > countMax) this.seen.delete(this.seen.keys().next().value as string);
    return object;
  }
}

function isRevised(object: object): object is Revised {
  return "revision" in object && "id" in object && "__typename" in object;
}

function pick(from: object, like: object): object {
  return Object.fromEntries(Object.entries(from).filter(([name]) => name in like));
}

/** Below the cache, so that it never sees the older revision. */
export const newestExchange: Exchange = ({ forward }) => {
  const newest = new Newest();
  return (operations) =>
    pipe(
      forward(operations),
      map((result) => (result.data ? { ...result, data: newest.of(result.data) } : result)),
    );
};
