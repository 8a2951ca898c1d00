import type { FastifyRequest } from "fastify";
import { BadRequest } from "../../api.errors.js";
import type { DocumentRequest, DocumentResolver } from "./document-resolver.js";

/** A GraphQL request: the body of a POST, or the query string of a GET. */
export interface GraphqlRequest {
  body: unknown;
  /** With the question mark. Empty without parameters. */
  search: string;
}

type CanFetch = Parameters<DocumentResolver["resolve"]>[1];

/** Throws BadRequest for extensions that are no JSON. */
export function documentRequestOf({ method, url, body }: FastifyRequest): DocumentRequest {
  // A body that is no object (a batch, a form) is rejected later.
  if (method !== "GET") return isRecord(body) ? body : {};
  const parameters = new URLSearchParams(searchOf(url));
  const extensions = parseJson(parameters.get("extensions"));
  if (extensions === undefined)
    throw new BadRequest("extensions is no JSON.", "extensions 不是有效的 JSON。");
  return {
    query: parameters.get("query"),
    documentId: parameters.get("documentId"),
    extensions,
    // Variables that are no JSON are rejected later.
    variables: parseJson(parameters.get("variables")),
  };
}

/**
 * Replaces the document's id in a request by its text, so that the later steps need to know only texts.
 * Throws the errors of DocumentResolver.
 */
export async function inlinePersistedDocument(
  { method, url, body }: FastifyRequest,
  named: DocumentRequest,
  documents: DocumentResolver,
  canFetch: CanFetch,
): Promise<GraphqlRequest> {
  const query = await documents.resolve(named, canFetch);
  const search = searchOf(url);
  if (method === "GET") return { body, search: replaceInSearch(search, query) };
  return { body: isRecord(body) ? replaceInBody(body, query) : body, search };
}

function searchOf(url: string): string {
  const at = url.indexOf("?");
  return at < 0 ? "" : url.slice(at);
}

function replaceInBody(body: Record<string, unknown>, query: string | null): Record<string, unknown> {
  // An empty name is no name: some clients always send one.
  const named = body.operationName === "" ? { ...body, operationName: null } : body;
  if (query === null) return named;
  const { documentId: _, extensions, ...rest } = named;
  return { ...rest, query };
}

function replaceInSearch(search: string, query: string | null): string {
  const parameters = new URLSearchParams(search);
  const [name, ...more] = parameters.getAll("operationName");
  const isNameless = name === "" && more.length === 0;
  if (isNameless) parameters.delete("operationName");
  // Unchanged, so that a duplicate parameter is rejected later.
  if (query === null || !(parameters.has("documentId") || parameters.has("extensions")))
    return isNameless ? `?${parameters}` : search;
  parameters.set("query", query);
  parameters.delete("documentId");
  parameters.delete("extensions");
  return `?${parameters}`;
}

/** Undefined for text that is no JSON. */
function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
