import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Inputs that once failed, one folder per fault. `NAME.exchange.json` holds a vendor's responses to one order. */
export const casesFolder = join(import.meta.dirname, "../cases");

export type CallKind = "create" | "state" | "content" | "file";

export interface ExchangeAnswer {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  /** The raw body, in place of `json`. */
  text?: string;
  /** The body begins with a byte order mark. */
  bom?: boolean;
  /** Applied if the call's Accept-Encoding allows it. A call without that header allows any. */
  encode?: "gzip" | "br" | "deflate";
  /** Additional bytes of response headers. */
  padHeaders?: number;
  /** A file beside the exchange, in place of `json`. */
  path?: string;
}

export interface Exchange extends Partial<Record<Exclude<CallKind, "state">, ExchangeAnswer>> {
  /** `FOLDER/NAME`, which is also the order's prompt. */
  name: string;
  folder: string;
  /** The job's id, where it matters. */
  id?: string;
  /** A list: one answer for each check, and the last repeats. */
  state?: ExchangeAnswer | ExchangeAnswer[];
  /** 2: ordered after the folder's order 1 was accepted. */
  order?: 1 | 2;
  expect: {
    status: "SUCCESS" | "FAILURE" | "any";
    /** One of these codes. */
    failure?: string[];
    width?: number;
    height?: number;
    /** Colors (sRGB) of as many equal bars side by side. */
    bars?: [number, number, number][];
    tolerance?: number;
    hdr?: boolean;
    where?: ("still" | "preview")[];
    /** The stored and downloaded file is this one. */
    sameBytes?: string;
    /** Calls that carry a User-Agent. */
    userAgent?: CallKind[];
    /** The id that the check requests. */
    askedWith?: string;
  };
}

/** All exchanges of these case folders. */
export function readExchanges(...folders: string[]): Exchange[] {
  return folders.flatMap((folder) =>
    readdirSync(join(casesFolder, folder))
      .filter((file) => file.endsWith(".exchange.json"))
      .map((file) => ({
        ...(JSON.parse(readFileSync(join(casesFolder, folder, file), "utf8")) as Exchange),
        folder,
        name: `${folder}/${file.replace(".exchange.json", "")}`,
      })),
  );
}
