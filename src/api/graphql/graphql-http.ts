import { ApolloServer, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import { OverloadedError } from "../../platform/async/overloaded-error.js";
import type { ErrorCode } from "../../platform/base/app-error.js";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { type CreateContextOptions, createContext } from "../http/context.js";
import type { ErrorFormatter } from "../http/format-error.js";
import { addRetryAfter } from "../http/http-server.js";
import { callerKey } from "../http/rate-limit.js";
import type { ApiLimits } from "../limits.js";
import { documentRules, validationOptions } from "./documents/document-limits.js";
import type { DocumentResolver } from "./documents/document-resolver.js";
import { documentRequestOf, inlinePersistedDocument } from "./documents/resolve-document.js";
import type { OperationCache } from "./operations/operation-cache.js";
import { operationPlugin } from "./operations/operation-plugin.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Resolved once per request. */
    resolverContext: Promise<RequestContext> | null;
  }
}

export interface GraphqlHttpOptions extends CreateContextOptions {
  schema: GraphQLSchema;
  formatter: ErrorFormatter;
  introspection: boolean;
  documents: DocumentResolver;
  operations: OperationCache;
  limits: ApiLimits;
  logger: Logger;
}

export interface GraphqlHttp {
  handle(request: FastifyRequest, reply: FastifyReply): Promise<string>;
  stop(): Promise<void>;
}

/**
 * GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/), by Apollo Server. For each request:
 *
 * 1. The document's text takes the place of its id (`inlinePersistedDocument`).
 * 2. The request is authenticated and counted (`createContext`).
 * 3. Apollo gets the document from the operation cache, or parses and validates it (`documentRules`).
 * 4. The operation's cost is checked, and compiled code runs it (`operationPlugin`) or Apollo does.
 */
export async function createGraphqlHttp(
  app: FastifyInstance,
  options: GraphqlHttpOptions,
): Promise<GraphqlHttp> {
  app.decorateRequest("resolverContext", null);
  const apollo = newApollo(options);
  await apollo.start();
  const contextOf = (request: FastifyRequest) => {
    request.resolverContext ??= createContext(request, options);
    return request.resolverContext;
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const named = documentRequestOf(request);
    const canFetch = () =>
      contextOf(request).then(
        () => true,
        () => false, // Apollo reports this error when it gets the context.
      );
    const inlined = await inlinePersistedDocument(request, named, options.documents, canFetch);
    const { headers, body, status } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headersOf(request),
        ...inlined,
      },
      context: () => contextOf(request),
    });
    for (const [name, value] of headers) reply.header(name, value);
    reply.code(status ?? 200);
    if (hasDocumentError(request, reply)) reply.code(200);
    await options.documents.register(named, async () => {
      const { viewer, address } = await contextOf(request);
      return callerKey(viewer, address);
    });
    // Only @defer and @stream, which the schema does not have, give a body in chunks.
    return (body as { string: string }).string;
  };
  let running = 0;
  return {
    async handle(request, reply) {
      if (running >= options.limits.requestsUnderWayMax)
        throw new OverloadedError("too many requests are running");
      running += 1;
      const string = await answer(request, reply).finally(() => {
        running -= 1;
      });
      // A response with data keeps its status, or the client would take the whole request as failed.
      if (!string.includes('"data":{') && addRetryAfter(request, reply)) reply.code(503);
      return string;
    },
    stop: () => apollo.stop(),
  };
}

/** The headers that Apollo reads: the types of body and response, and the proof of a CORS preflight. */
const headersRead = ["content-type", "accept", "apollo-require-preflight", "x-apollo-operation-name"];

function headersOf({ headers }: FastifyRequest): HeaderMap {
  const map = new HeaderMap();
  for (const name of headersRead) {
    const value = headers[name];
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return map;
}

function newApollo(options: GraphqlHttpOptions): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: options.schema,
    introspection: true, // documentRules forbids it, for both transports.
    validationRules: documentRules(options.limits, options.introspection),
    validationOptions: validationOptions(options.introspection),
    parseOptions: { maxTokens: options.limits.documentTokensMax },
    formatError: (_formatted, error) => options.formatter.format(error),
    documentStore: options.operations,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: options.logger,
    stringifyResult: (result) => JSON.stringify(result),
    plugins: [
      operationPlugin(options),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

const documentErrors: ReadonlySet<ErrorCode | null> = new Set<ErrorCode>([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "QUERY_TOO_COMPLEX",
]);

/**
 * Whether a well-formed request is rejected for its document. It gets 200 with application/json, because a
 * status of 4xx in that type may come from a proxy (GraphQL over HTTP, section 6.4.1), and 400 with
 * application/graphql-response+json.
 */
function hasDocumentError(request: FastifyRequest, reply: FastifyReply): boolean {
  const type = String(reply.getHeader("content-type") ?? "");
  const isDocumentError = documentErrors.has(request.info.errorCode);
  return isDocumentError && reply.statusCode >= 400 && type.startsWith("application/json");
}
