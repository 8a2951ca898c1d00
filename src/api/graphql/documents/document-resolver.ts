import { createHash } from "node:crypto";
import {
  BadRequest,
  InputTooDeep,
  PersistedQueryNotFound,
  QueryTooComplex,
  UnknownDocument,
  UntrustedDocument,
} from "../../api.errors.js";
import type { ApiLimits } from "../../limits.js";
import type { OperationCache } from "../operations/operation-cache.js";
import type { PersistedQueries } from "./persisted-queries.js";
import type { TrustedDocuments } from "./trusted-documents.js";

/** What a request may say of its document, whatever it says it in. */
export interface DocumentRequest {
  query?: unknown;
  /** GraphQL over HTTP, appendix "Persisted Documents". */
  documentId?: unknown;
  /** May have Apollo's `persistedQuery: {version: 1, sha256Hash}`. */
  extensions?: unknown;
  variables?: unknown;
}

interface DocumentResolverOptions {
  /** `only`: nothing runs but what the manifest has. */
  trusted: { documents: TrustedDocuments; only: boolean };
  persisted: PersistedQueries;
  operations: OperationCache;
  limits: ApiLimits;
}

/** Which document a request means, and whether it may run here: the same for HTTP and WebSocket. */
export class DocumentResolver {
  constructor(private readonly parts: DocumentResolverOptions) {}

  /**
   * The document's text; null when the request names none. Throws UntrustedDocument, UnknownDocument,
   * PersistedQueryNotFound, BadRequest for a hash that is not the document's, QueryTooComplex for a text
   * that is too long, and InputTooDeep for variables or extensions that nest without end. `mayAsk` is
   * asked before other servers' documents are looked through; if it says no, there is no text.
   */
  async resolve(request: DocumentRequest, mayAsk: () => Promise<boolean>): Promise<string | null> {
    const { limits, trusted } = this.parts;
    for (const name of ["variables", "extensions"] as const) {
      const levelsMax = limits.inputDepthMax;
      if (nestsDeeper(request[name], levelsMax)) throw new InputTooDeep(name, levelsMax);
    }
    const hash = persistedHash(request.extensions);
    const query = nonEmpty(request.query);
    const text = query ?? (await this.named(nonEmpty(request.documentId), hash, mayAsk));
    if (text === null) return null;
    const max = limits.documentLengthMax;
    if (text.length > max) throw new QueryTooComplex("characters", max);
    if (trusted.only && !trusted.documents.includes(text)) throw new UntrustedDocument();
    if (hash !== null && query !== null) mustBeHashOf(hash, text);
    return text;
  }

  /** Stores a document that came along with its hash, if it has passed every rule. */
  async register({ query, extensions }: DocumentRequest, ownerOf: () => Promise<string>): Promise<void> {
    const { persisted, operations, trusted } = this.parts;
    const hash = persistedHash(extensions);
    const text = nonEmpty(query);
    if (hash === null || text === null || trusted.only || !operations.find(hash)) return;
    await persisted.store({ hash, text, ownerOf });
  }

  private async named(
    documentId: string | null,
    hash: string | null,
    mayAsk: () => Promise<boolean>,
  ): Promise<string | null> {
    const { documents, only } = this.parts.trusted;
    const id = documentId ?? hash;
    if (id === null) return null;
    const text = documents.find(id);
    if (text !== null) return text;
    if (only) throw new UntrustedDocument();
    if (documentId !== null || hash === null) throw new UnknownDocument();
    return this.parts.persisted.get(hash) ?? this.fetch(hash, mayAsk);
  }

  private async fetch(hash: string, mayAsk: () => Promise<boolean>): Promise<string | null> {
    if (!(await mayAsk())) return null;
    const text = await this.parts.persisted.find(hash);
    if (text === null) throw new PersistedQueryNotFound();
    return text;
  }
}

function nonEmpty(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** In small letters; null if the request has none. */
function persistedHash(extensions: unknown): string | null {
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: PersistedQuery | null };
  if (persistedQuery === undefined || persistedQuery === null) return null;
  const hash = nonEmpty(persistedQuery.sha256Hash);
  if (hash === null)
    throw new BadRequest(
      "extensions.persistedQuery has no sha256Hash.",
      "extensions.persistedQuery 缺少 sha256Hash。",
    );
  if ((persistedQuery.version ?? 1) !== 1)
    throw new BadRequest("Persisted queries of this version are not known.", "不支持此版本的持久化查询。");
  return hash.toLowerCase();
}

interface PersistedQuery {
  version?: unknown;
  sha256Hash?: unknown;
}

function mustBeHashOf(hash: string, text: string): void {
  if (createHash("sha256").update(text).digest("hex") !== hash)
    throw new BadRequest("The hash is not the document's.", "哈希值与文档不符。");
}

/** Of JSON alone: a file to upload is no part of it, and has no depth. */
function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}
