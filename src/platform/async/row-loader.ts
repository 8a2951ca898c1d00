import { Batcher } from "./batcher.js";

const callsPerStatementMax = 200;

/**
 * Loads rows by id: calls of different requests that arrive at the same time share one statement. Nothing
 * is cached, so a row is never older than the call. The caller must check who owns it.
 */
export class RowLoader<Row extends { id: string }> {
  private readonly batcher: Batcher<readonly string[], Row[]>;

  constructor(read: (ids: readonly string[]) => Promise<Row[]>) {
    this.batcher = new Batcher({
      run: async (calls) => {
        const rows = new Map((await read([...new Set(calls.flat())])).map((row) => [row.id, row]));
        return calls.map((ids) => ids.flatMap((id) => rows.get(id) ?? []));
      },
      concurrency: 2,
      batchSizeMax: callsPerStatementMax,
    });
  }

  async load(id: string): Promise<Row | null> {
    const [row] = await this.batcher.add([id]);
    return row ?? null;
  }

  /** In the order of the ids, without those that have no row. */
  loadMany(ids: readonly string[]): Promise<Row[]> {
    return this.batcher.add(ids);
  }
}
