import { makeFetchBody } from "@urql/core/internal";
import { type AnyVariables, CombinedError, createRequest, type DocumentInput, formatDocument } from "urql";
import { graphqlUrl } from "./root";
import { language } from "./words";

/**
 * One public operation without the client and its cache: logging in and refreshing, which the client needs first.
 * Rejects with a CombinedError, as the client's answers have it.
 */
export async function postGraphql<Data, Variables extends AnyVariables>(
  document: DocumentInput<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const request = createRequest(document, variables);
  // The manifest of trusted documents has the text with __typename.
  request.query = formatDocument(request.query);
  const { data, errors } = await post(JSON.stringify(makeFetchBody(request)));
  if (data && !errors) return data;
  throw new CombinedError({ graphQLErrors: errors });
}

async function post(body: string) {
  try {
    const headers = { "content-type": "application/json", "accept-language": language() };
    const response = await fetch(graphqlUrl, { method: "POST", headers, body });
    return await response.json();
  } catch (error) {
    throw new CombinedError({ networkError: error as Error });
  }
}
