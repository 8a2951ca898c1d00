import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { errorForLog } from "../../../platform/observability/error-for-log.js";
import type { SharedDocuments } from "./shared-documents.js";

/** The number of documents that all servers store, in total and per caller. */
export const persistedQueryLimits = { textsMax: 2_000, textsPerOwnerMax: 100 } as const;

/** Longer documents run, but are not stored. */
const textLengthMax = 16_000;

interface NewQuery {
  hash: string;
  text: string;
  /** The caller, for its limit. */
  ownerOf: () => Promise<string>;
}

/**
 * Documents that clients have sent with their hash, so that later the hash is enough (Apollo's automatic
 * persisted queries). Each server caches those that it has used, and finds the others in the shared store.
 * While that is unavailable, clients send texts.
 */
export class PersistedQueries {
  private readonly texts = new LRUCache<string, string>({
    max: 1_000,
    maxSize: 1_000_000,
    sizeCalculation: ({ length }) => length,
  });

  private failing = false;

  constructor(
    /** Null: no other server shares documents. */
    private readonly shared: SharedDocuments | null,
    private readonly logger: Logger,
  ) {}

  /** From the cache. */
  get(hash: string): string | null {
    return this.texts.get(hash) ?? null;
  }

  async find(hash: string): Promise<string | null> {
    const text = await this.orNull(this.shared?.find(hash));
    if (text) this.texts.set(hash, text);
    return text;
  }

  /** Does nothing for a cached text. */
  async store({ hash, text, ownerOf }: NewQuery): Promise<void> {
    if (this.texts.has(hash) || text.length > textLengthMax) return;
    this.texts.set(hash, text);
    if (!this.shared) return;
    await this.orNull(this.shared.store({ hash, text, owner: await ownerOf() }));
  }

  /** Logs the first failure of a series. */
  private async orNull<T>(work: Promise<T> | undefined): Promise<T | null> {
    try {
      const answer = (await work) ?? null;
      this.failing = false;
      return answer;
    } catch (err) {
      const message = "persisted queries: shared store unavailable; clients send texts meanwhile";
      if (!this.failing) this.logger.warn({ err: errorForLog(err) }, message);
      this.failing = true;
      return null;
    }
  }
}
