import { CallGroups } from "./call-groups.js";

const idsMax = 500;

/**
 * Rows by their ids, whoever asks: reads of different requests that come at the same time share one
 * statement. Nothing is remembered, so what is read was read after it was asked for. The caller looks
 * whose row it is.
 */
export class RowReads<Row extends { id: string }> {
  private readonly groups: CallGroups<string, Row | null>;

  constructor(read: (ids: string[]) => Promise<Row[]>) {
    this.groups = new CallGroups({
      run: async (ids) => {
        const rows = new Map((await read([...new Set(ids)])).map((row) => [row.id, row]));
        return ids.map((id) => rows.get(id) ?? null);
      },
      underWayMax: 2,
      sizeMax: idsMax,
    });
  }

  get(id: string): Promise<Row | null> {
    return this.groups.ask(id);
  }
}
