interface Revised {
  id: string;
  revision: number;
}

/**
 * Answers and events may overtake each other. This remembers the newest state of every task and wallet
 * that has arrived, and writes it over an older one, for caches that cannot compare by themselves.
 */
export class Newest {
  private readonly known = new Map<string, Revised>();

  /** A result's data as a cache should get it. */
  of<T>(value: T): T {
    if (Array.isArray(value)) return value.map((item) => this.of(item)) as T;
    if (typeof value !== "object" || value === null) return value;
    const object = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, this.of(inner)]));
    return (isRevised(object) ? this.newer(object) : object) as T;
  }

  private newer(arrived: Revised): Revised {
    const known = this.known.get(arrived.id);
    if (known && known.revision > arrived.revision) {
      const shared = Object.entries(known).filter(([key]) => key in arrived);
      return { ...arrived, ...Object.fromEntries(shared) };
    }
    this.known.set(arrived.id, known?.revision === arrived.revision ? { ...known, ...arrived } : arrived);
    return arrived;
  }
}

function isRevised(object: object): object is Revised {
  const { id, revision } = object as Partial<Revised>;
  return typeof id === "string" && typeof revision === "number";
}
