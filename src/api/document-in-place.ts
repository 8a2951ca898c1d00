import type { FastifyRequest } from "fastify";
import { BadRequest } from "./api.errors.js";
import type { DocumentSource } from "./document-source.js";

/**
 * Puts the document's text in the place of its id, in the body or in the URL, so that nothing further
 * on has to know of ids. Throws what DocumentSource throws.
 */
export function putDocumentInPlace(request: FastifyRequest, documents: DocumentSource): void {
  if (request.method === "GET") inUrl(request, documents);
  // What is no object (a batch, a form) is refused further on.
  else if (isRecord(request.body)) request.body = inBody(request.body, documents);
}

function inBody(body: Record<string, unknown>, documents: DocumentSource): Record<string, unknown> {
  const query = documents.textOf(body);
  if (query === null) return body;
  const { documentId: _, extensions, ...rest } = body;
  return { ...rest, query };
}

function inUrl(request: FastifyRequest, documents: DocumentSource): void {
  const url = URL.parse(request.url, "http://localhost");
  if (!url) throw new BadRequest();
  const parameters = url.searchParams;
  const query = documents.textOf({
    query: parameters.get("query"),
    documentId: parameters.get("documentId"),
    extensions: json(parameters.get("extensions")),
  });
  if (query === null || (!parameters.has("documentId") && !parameters.has("extensions"))) return;
  parameters.set("query", query);
  parameters.delete("documentId");
  parameters.delete("extensions");
  request.raw.url = `${url.pathname}${url.search}`;
}

function json(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    throw new BadRequest("extensions is no JSON.", "extensions 不是有效的 JSON。");
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
