import { type Column, type SQL, sql } from "drizzle-orm";
import { badCursor } from "../graphql/connection.js";

/** A column that a list is sorted by. It is never null. */
export interface SortKey {
  column: Column;
  direction: "asc" | "desc";
}

/** How values of one SQL type stand in a cursor. */
interface KeyType {
  /** The largest and the smallest value, as PostgreSQL reads them. */
  max: string;
  min: string;
  pattern: RegExp;
  toCursor?(value: unknown): string;
  toSql?(text: string): string;
}

const integer: KeyType = {
  max: "9223372036854775807",
  min: "-9223372036854775808",
  pattern: /^-?\d{1,15}$/,
};

const keyTypes: Record<string, KeyType> = {
  uuid: {
    max: "ffffffff-ffff-ffff-ffff-ffffffffffff",
    min: "00000000-0000-0000-0000-000000000000",
    pattern: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  },
  bigint: integer,
  integer: { ...integer, max: "2147483647", min: "-2147483648", pattern: /^-?\d{1,9}$/ },
  "double precision": {
    max: "Infinity",
    min: "-Infinity",
    pattern: /^-?\d{1,17}(\.\d{1,20})?(e[+-]?\d{1,3})?$/,
  },
  // Milliseconds. Fourteen digits reach the year 5138; PostgreSQL cannot parse what JavaScript writes above 9999.
  "timestamp (3) with time zone": {
    max: "infinity",
    min: "-infinity",
    pattern: /^\d{1,14}$/,
    toCursor: (value) => String(new Date(value as string).getTime()),
    toSql: (text) => new Date(Number(text)).toISOString(),
  },
};

/**
 * The keys that a list is sorted by, as SQL and in cursors. The last key tells rows apart that have the
 * same values in all others.
 */
export class SortKeys {
  private readonly types: KeyType[];

  constructor(private readonly keys: readonly SortKey[]) {
    this.types = keys.map(({ column }) => {
      const type = keyTypes[column.getSQLType()];
      if (!type) throw new Error(`a list cannot be sorted by ${column.name} of type ${column.getSQLType()}`);
      return type;
    });
  }

  get size(): number {
    return this.keys.length;
  }

  /** The key columns, to be selected. */
  get columns(): SQL[] {
    return this.keys.map(({ column }) => sql`${column}`);
  }

  /** Names and SQL types of the request's columns that hold the place after which its page begins. */
  get params(): Record<string, string> {
    return Object.fromEntries(this.keys.map(({ column }, n) => [`after_${n}`, column.getSQLType()]));
  }

  /** Rows that come after the request's place. */
  get isAfter(): SQL {
    const places = this.keys.map((_, n) => sql.raw(`request.after_${n}`));
    if (new Set(this.keys.map(({ direction }) => direction)).size === 1) {
      return sql`(${sql.join(this.columns, sql`, `)}) ${comparison(this.keys[0])} (${sql.join(places, sql`, `)})`;
    }
    // "a before or equal, and (a before, or the rest after)": an index finds its range by the first half.
    return this.keys.reduceRight((rest: SQL | null, key, n) => {
      const passes = sql`${key.column} ${comparison(key)} ${places[n]}`;
      if (!rest) return passes;
      return sql`${key.column} ${comparison(key)}= ${places[n]} and (${passes} or (${rest}))`;
    }, null) as SQL;
  }

  /** Sorts by the key columns, or by other expressions that stand for them. */
  orderBy(expressions: readonly SQL[] = this.columns): SQL {
    const terms = this.keys.map(({ direction }, n) => sql`${expressions[n]} ${sql.raw(direction)}`);
    return sql.join(terms, sql`, `);
  }

  /** From the driver's values of the key columns. Opaque to clients. */
  cursorOf(values: readonly unknown[]): string {
    const texts = this.types.map((type, n) => type.toCursor?.(values[n]) ?? String(values[n]));
    return toBase64Url(texts.join(":"));
  }

  /** The place that a cursor names, as values of `params`; without one, the place before the first row. Throws BadUserInput. */
  placeOf(cursor: string | null): string[] {
    if (cursor === null)
      return this.keys.map(({ direction }, n) => this.typeOf(n)[direction === "desc" ? "max" : "min"]);
    const text = Buffer.from(cursor, "base64url").toString("latin1");
    const texts = text.split(":");
    // Decoding ignores what is not base64url, and a changed cursor must not pass for the original.
    if (texts.length !== this.size || toBase64Url(text) !== cursor) throw badCursor();
    return texts.map((text, n) => {
      const { pattern, toSql } = this.typeOf(n);
      if (!pattern.test(text)) throw badCursor();
      return toSql?.(text) ?? text;
    });
  }

  private typeOf(n: number): KeyType {
    return this.types[n] as KeyType;
  }
}

function toBase64Url(text: string): string {
  return Buffer.from(text, "latin1").toString("base64url");
}

function comparison(key: SortKey | undefined): SQL {
  return sql.raw(key?.direction === "desc" ? "<" : ">");
}
