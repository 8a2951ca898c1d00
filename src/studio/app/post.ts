import { makeFetchBody } from "@urql/core/internal";
import { type AnyVariables, createRequest, type DocumentInput, formatDocument } from "urql";
import { graphqlUrl } from "./root";
import { language } from "./words";

export class PostError extends Error {
  constructor(
    message: string,
    readonly code: string | undefined,
    readonly extensions: Record<string, unknown>,
  ) {
    super(message);
  }
}

/** One public operation without the client and its cache: logging in and refreshing, which the client needs first. */
export async function postGraphql<Data, Variables extends AnyVariables>(
  document: DocumentInput<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const request = createRequest(document, variables);
  // The manifest of trusted documents has the text with __typename.
  request.query = formatDocument(request.query);
  const response = await fetch(graphqlUrl, {
    method: "POST",
    headers: { "content-type": "application/json", "accept-language": language() },
    body: JSON.stringify(makeFetchBody(request)),
  });
  const { data, errors } = await response.json();
  if (data && !errors) return data;
  const [{ message, extensions }] = errors;
  throw new PostError(message, extensions?.code, extensions ?? {});
}
