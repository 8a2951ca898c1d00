import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { ClientError, GraphQLClient, type Variables } from "graphql-request";
import type { Session } from "./session.js";

export function createGraphqlRequest(url: string, session: Session) {
  const client = new GraphQLClient(url);
  return async function request<T, V extends Variables>(
    document: TypedDocumentNode<T, V> | string,
    variables?: V,
  ): Promise<T> {
    const authorization = session.authorization;
    const send = () =>
      client.request<T>({
        document,
        variables,
        requestHeaders: session.authorization ? { authorization: session.authorization } : {},
      });
    try {
      return await send();
    } catch (error) {
      const code = error instanceof ClientError && error.response.errors?.[0]?.extensions?.code;
      if (code !== "UNAUTHENTICATED" || !authorization) throw error;
      if (!(await session.refresh(authorization))) throw error;
      return send();
    }
  };
}
