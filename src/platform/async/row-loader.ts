import { Batcher } from "./batcher.js";

const callsMax = 200;

/**
 * Rows by their ids, whoever asks: reads of different requests that come at the same time share one
 * statement. Nothing is remembered, so what is read was read after it was asked for. The caller looks
 * whose row it is.
 */
export class RowLoader<Row extends { id: string }> {
  private readonly groups: Batcher<readonly string[], Row[]>;

  constructor(read: (ids: readonly string[]) => Promise<Row[]>) {
    this.groups = new Batcher({
      run: async (calls) => {
        const rows = new Map((await read([...new Set(calls.flat())])).map((row) => [row.id, row]));
        return calls.map((ids) => ids.flatMap((id) => rows.get(id) ?? []));
      },
      concurrency: 2,
      batchSizeMax: callsMax,
    });
  }

  async load(id: string): Promise<Row | null> {
    const [row] = await this.groups.add([id]);
    return row ?? null;
  }

  /** In the order asked for; what is not there is left out. */
  loadMany(ids: readonly string[]): Promise<Row[]> {
    return this.groups.add(ids);
  }
}
