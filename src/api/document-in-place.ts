import type { FastifyRequest } from "fastify";
import { BadRequest } from "./api.errors.js";
import type { DocumentSource } from "./document-source.js";

/** Where a GraphQL request says what it wants: a POST in its body, a GET in its URL. */
export interface Asked {
  body: unknown;
  /** With the question mark; empty when there is nothing. */
  search: string;
}

/**
 * What a request asks, with the document's text in the place of its id, so that nothing further on has
 * to know of ids. Throws what DocumentSource throws.
 */
export function documentInPlace({ method, url, body }: FastifyRequest, documents: DocumentSource): Asked {
  const at = url.indexOf("?");
  const search = at < 0 ? "" : url.slice(at);
  if (method === "GET") return { body, search: inSearch(search, documents) };
  // What is no object (a batch, a form) is refused further on.
  return { body: isRecord(body) ? inBody(body, documents) : body, search };
}

function inBody(body: Record<string, unknown>, documents: DocumentSource): Record<string, unknown> {
  const query = documents.textOf(body);
  // An empty name is no name: some clients always send one.
  const named = body.operationName === "" ? { ...body, operationName: null } : body;
  if (query === null) return named;
  const { documentId: _, extensions, ...rest } = named;
  return { ...rest, query };
}

function inSearch(search: string, documents: DocumentSource): string {
  const parameters = new URLSearchParams(search);
  const [name, ...more] = parameters.getAll("operationName");
  const isNameless = name === "" && more.length === 0;
  if (isNameless) parameters.delete("operationName");
  const query = documents.textOf({
    query: parameters.get("query"),
    documentId: parameters.get("documentId"),
    extensions: json(parameters.get("extensions")),
    variables: jsonOrNull(parameters.get("variables")),
  });
  // As it was sent, so that a parameter that is there twice is refused further on.
  if (query === null || !(parameters.has("documentId") || parameters.has("extensions")))
    return isNameless ? `?${parameters}` : search;
  parameters.set("query", query);
  parameters.delete("documentId");
  parameters.delete("extensions");
  return `?${parameters}`;
}

function json(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    throw new BadRequest("extensions is no JSON.", "extensions 不是有效的 JSON。");
  }
}

/** What is no JSON is refused further on. */
function jsonOrNull(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
