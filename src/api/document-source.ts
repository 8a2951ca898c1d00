import { createHash } from "node:crypto";
import {
  BadRequest,
  InputTooDeep,
  QueryTooComplex,
  UnknownDocument,
  UntrustedDocument,
} from "./api.errors.js";
import type { ApiLimits } from "./limits.js";
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

/** Which document a request means, and whether it may run here: the same for HTTP and WebSocket. */
export class DocumentSource {
  constructor(
    /** `only`: nothing runs but what the manifest has. */
    private readonly trusted: { documents: TrustedDocuments; only: boolean },
    private readonly limits: ApiLimits,
  ) {}

  /**
   * The document's text; null when the request names none. Throws UntrustedDocument, UnknownDocument,
   * BadRequest for a hash that is not the document's, QueryTooComplex for a text that is too long, and
   * InputTooDeep for variables or extensions that nest without end.
   */
  textOf(request: DocumentRequest): string | null {
    for (const name of ["variables", "extensions"] as const) {
      const levelsMax = this.limits.inputDepthMax;
      if (nestsDeeper(request[name], levelsMax)) throw new InputTooDeep(name, levelsMax);
    }
    const hash = persistedHash(request.extensions);
    const id = nonEmpty(request.documentId) ?? hash;
    const text = nonEmpty(request.query) ?? (id === null ? null : this.find(id));
    if (text === null) return null;
    const max = this.limits.documentLengthMax;
    if (text.length > max) throw new QueryTooComplex("characters", max);
    if (this.trusted.only && !this.trusted.documents.includes(text)) throw new UntrustedDocument();
    if (hash !== null && nonEmpty(request.query) !== null) mustBeHashOf(hash, text);
    return text;
  }

  private find(id: string): string {
    const text = this.trusted.documents.find(id);
    if (text === null) throw this.trusted.only ? new UntrustedDocument() : new UnknownDocument();
    return text;
  }
}

function nonEmpty(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function persistedHash(extensions: unknown): string | null {
  const { persistedQuery } = (extensions ?? {}) as { persistedQuery?: { sha256Hash?: unknown } | null };
  return nonEmpty(persistedQuery?.sha256Hash);
}

function mustBeHashOf(hash: string, text: string): void {
  if (createHash("sha256").update(text).digest("hex") !== hash.toLowerCase())
    throw new BadRequest("The hash is not the document's.", "哈希值与文档不符。");
}

/** Of JSON alone: a file to upload is no part of it, and has no depth. */
function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false;
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1));
}
