import { type ApolloServerPlugin, type GraphQLRequestListener, HeaderMap } from "@apollo/server";
import type { GraphQLSchema } from "graphql";
import type { RequestContext } from "../../../platform/graphql/request-context.js";
import { currentRequest } from "../../../platform/observability/request-info.js";
import { SubscriptionOverHttp } from "../../api.errors.js";
import type { ErrorFormatter } from "../../http/format-error.js";
import { asRefusal } from "../documents/document-limits.js";
import type { OperationCache } from "./operation-cache.js";
import { runOperation } from "./run-operation.js";

export interface OperationPluginOptions {
  schema: GraphQLSchema;
  operations: OperationCache;
  formatter: ErrorFormatter;
}

/** Runs compiled operations, as over WebSocket. Apollo executes the others. */
export function operationPlugin({
  schema,
  operations,
  formatter,
}: OperationPluginOptions): ApolloServerPlugin<RequestContext> {
  const listener: GraphQLRequestListener<RequestContext> = {
    async didResolveOperation({ document, operation, request }) {
      if (!operation) return;
      const cached = operations.of(document, operation);
      const info = currentRequest.getStore();
      if (info) info.operation = cached.label;
      if (cached.isSubscription) throw asRefusal(new SubscriptionOverHttp());
      cached.checkCost(request.variables);
    },
    async responseForOperation({ document, operation, request, contextValue }) {
      if (!operation) return null;
      const { variables: variableValues, operationName } = request;
      const cached = operations.of(document, operation);
      const run = cached.bind(variableValues);
      if (!run) return null;
      const args = { schema, document, operationName, variableValues, contextValue };
      const singleResult = formatter.formatResult(await runOperation(cached, run, args));
      return {
        http: { status: undefined, headers: new HeaderMap() },
        body: { kind: "single", singleResult },
      };
    },
  };
  return { requestDidStart: async () => listener };
}
