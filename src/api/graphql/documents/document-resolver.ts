import { createHash } from "node:crypto";
import {
  BadRequest,
  DocumentNotFound,
  InputTooDeep,
  PersistedQueryNotFound,
  QueryTooComplex,
  UntrustedDocument,
} from "../../api.errors.js";
import type { ApiLimits } from "../../limits.js";
import type { OperationCache } from "../operations/operation-cache.js";
import type { PersistedQueries } from "./persisted-queries.js";
import type { TrustedDocuments } from "./trusted-documents.js";

/** The parts of a request that name its document. */
export interface DocumentRequest {
  query?: unknown;
  /** GraphQL over HTTP, appendix "Persisted Documents". */
  documentId?: unknown;
  /** May have Apollo's `persistedQuery: {version: 1, sha256Hash}`. */
  extensions?: unknown;
  variables?: unknown;
}

interface DocumentResolverOptions {
  /** `only`: documents outside the manifest are rejected. */
  trusted: { documents: TrustedDocuments; only: boolean };
  persisted: PersistedQueries;
  operations: OperationCache;
  limits: ApiLimits;
}

/** Finds the document of a request, and checks that it may run here, for HTTP and WebSocket. */
export class DocumentResolver {
  constructor(private readonly options: DocumentResolverOptions) {}

  /**
   * The document's text, null if the request names none. Throws UntrustedDocument, DocumentNotFound,
   * PersistedQueryNotFound, BadRequest for a hash that is not the document's, QueryTooComplex for a text
   * that is too long, and InputTooDeep for variables or extensions that nest too deep. The shared documents
   * are read only if `canFetch` resolves to true, else the result is null.
   */
  async resolve(request: DocumentRequest, canFetch: () => Promise<boolean>): Promise<string | null> {
    const { limits, trusted } = this.options;
    for (const name of ["variables", "extensions"] as const) {
      const levelsMax = limits.inputDepthMax;
      if (nestsDeeper(request[name], levelsMax)) throw new InputTooDeep(name, levelsMax);
    }
    const hash = persistedHash(request.extensions);
    const query = nonEmpty(request.query);
    const text = query ?? (await this.findByName(nonEmpty(request.documentId), hash, canFetch));
    if (text === null) return null;
    const max = limits.documentLengthMax;
    if (text.length > max) throw new QueryTooComplex("characters", max);
    if (trusted.only && !trusted.documents.includes(text)) throw new UntrustedDocument();
    if (hash !== null && query !== null) checkHash(hash, text);
    return text;
  }

  /** Stores a document that was sent with its hash, if it is valid. */
  async register({ query, extensions }: DocumentRequest, ownerOf: () => Promise<string>): Promise<void> {
    const { persisted, operations, trusted } = this.options;
    const hash = persistedHash(extensions);
    const text = nonEmpty(query);
    if (hash === null || text === null || trusted.only) return;
    if (await operations.get(hash)) await persisted.store({ hash, text, ownerOf });
  }

  private async findByName(
    documentId: string | null,
    hash: string | null,
    canFetch: () => Promise<boolean>,
  ): Promise<string | null> {
    const { documents, only } = this.options.trusted;
    const id = documentId ?? hash;
    if (id === null) return null;
    const text = documents.find(id);
    if (text !== null) return text;
    if (only) throw new UntrustedDocument();
    if (documentId !== null || hash === null) throw new DocumentNotFound();
    return this.options.persisted.get(hash) ?? this.fetch(hash, canFetch);
  }

  private async fetch(hash: string, canFetch: () => Promise<boolean>): Promise<string | null> {
    if (!(await canFetch())) return null;
    const text = await this.options.persisted.find(hash);
    if (text === null) throw new PersistedQueryNotFound();
    return text;
  }
}

function nonEmpty(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** In lower case. Null if the request has none. */
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
    throw new BadRequest("This version of persisted queries is not supported.", "不支持此版本的持久化查询。");
  return hash.toLowerCase();
}

interface PersistedQuery {
  version?: unknown;
  sha256Hash?: unknown;
}

function checkHash(hash: string, text: string): void {
  if (createHash("sha256").update(text).digest("hex") !== hash)
    throw new BadRequest("The hash does not match the document.", "哈希值与文档不符。");
}

/** Counts JSON only: a file to upload has no depth. */
function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}
