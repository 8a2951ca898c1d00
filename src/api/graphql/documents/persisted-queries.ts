import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { errorForLog } from "../../../platform/observability/error-for-log.js";
import type { SharedDocuments } from "./shared-documents.js";

/** How many documents all servers store, and how many of them may be one caller's. */
export const persistedQueryLimits = { textsMax: 2_000, textsPerOwnerMax: 100 } as const;

/** Longer documents run, and are not stored. */
const textLengthMax = 16_000;

interface NewQuery {
  hash: string;
  text: string;
  /** The caller, for the limit of each. */
  ownerOf: () => Promise<string>;
}

/**
 * The documents that clients have sent along with their hash, so that from then on the hash is enough
 * (Apollo's automatic persisted queries). A server has those that it has met at hand, and asks for others
 * where all servers store theirs; while that is unavailable, clients send texts.
 */
export class PersistedQueries {
  private readonly texts = new LRUCache<string, string>({
    max: 1_000,
    maxSize: 1_000_000,
    sizeCalculation: ({ length }) => length,
  });

  private failing = false;

  constructor(
    /** Null: this server has only its own. */
    private readonly shared: SharedDocuments | null,
    private readonly logger: Logger,
  ) {}

  /** At hand; null if it has to be looked for. */
  get(hash: string): string | null {
    return this.texts.get(hash) ?? null;
  }

  async find(hash: string): Promise<string | null> {
    const text = await this.orNull(this.shared?.find(hash));
    if (text) this.texts.set(hash, text);
    return text;
  }

  /** Texts that this server has stored are not stored again. */
  async store({ hash, text, ownerOf }: NewQuery): Promise<void> {
    if (this.texts.has(hash) || text.length > textLengthMax) return;
    this.texts.set(hash, text);
    if (!this.shared) return;
    await this.orNull(this.shared.store({ hash, text, owner: await ownerOf() }));
  }

  /** While sharing fails the log says so once. */
  private async orNull<T>(asked: Promise<T> | undefined): Promise<T | null> {
    try {
      const answer = (await asked) ?? null;
      this.failing = false;
      return answer;
    } catch (err) {
      const message = "persisted queries: not shared with other servers now; clients send texts";
      if (!this.failing) this.logger.warn({ err: errorForLog(err) }, message);
      this.failing = true;
      return null;
    }
  }
}
