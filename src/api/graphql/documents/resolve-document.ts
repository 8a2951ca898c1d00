import type { FastifyRequest } from "fastify";
import { BadRequest } from "../../api.errors.js";
import type { DocumentRequest, DocumentResolver } from "./document-resolver.js";

/** Where a GraphQL request says what it wants: a POST in its body, a GET in its URL. */
export interface GraphqlRequest {
  body: unknown;
  /** With the question mark; empty when there is nothing. */
  search: string;
}

type CanFetch = Parameters<DocumentResolver["resolve"]>[1];

/** How the request names its document. Throws BadRequest for extensions that are no JSON. */
export function documentRequestOf({ method, url, body }: FastifyRequest): DocumentRequest {
  // A body that is no object (a batch, a form) is refused later.
  if (method !== "GET") return isRecord(body) ? body : {};
  const parameters = new URLSearchParams(searchOf(url));
  return {
    query: parameters.get("query"),
    documentId: parameters.get("documentId"),
    extensions: json(parameters.get("extensions")),
    variables: jsonOrNull(parameters.get("variables")),
  };
}

/**
 * What a request asks, with the document's text in the place of its id, so that nothing further on has
 * to know of ids. Throws what DocumentSource throws.
 */
export async function inlinePersistedDocument(
  { method, url, body }: FastifyRequest,
  named: DocumentRequest,
  documents: DocumentResolver,
  mayAsk: CanFetch,
): Promise<GraphqlRequest> {
  const query = await documents.resolve(named, mayAsk);
  const search = searchOf(url);
  if (method === "GET") return { body, search: inSearch(search, query) };
  return { body: isRecord(body) ? inBody(body, query) : body, search };
}

function searchOf(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at);
}

function inBody(body: Record<string, unknown>, query: string | null): Record<string, unknown> {
  // An empty name is no name: some clients always send one.
  const named = body.operationName === "" ? { ...body, operationName: null } : body;
  if (query === null) return named;
  const { documentId: _, extensions, ...rest } = named;
  return { ...rest, query };
}

function inSearch(search: string, query: string | null): string {
  const parameters = new URLSearchParams(search);
  const [name, ...more] = parameters.getAll("operationName");
  const isNameless = name === "" && more.length === 0;
  if (isNameless) parameters.delete("operationName");
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

/** Null for text that is no JSON, which is refused later. */
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
