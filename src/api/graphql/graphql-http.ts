import {
  ApolloServer,
  type ApolloServerPlugin,
  type GraphQLRequestListener,
  HeaderMap,
} from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from "graphql";
import type { Logger } from "pino";
import { OverloadedError } from "../../platform/async/overloaded-error.js";
import type { ErrorCode } from "../../platform/base/app-error.js";
import { RateLimited, Unauthenticated } from "../../platform/base/common-errors.js";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { currentRequest, newRequestInfo } from "../../platform/observability/request-info.js";
import { SubscriptionOverHttp } from "../api.errors.js";
import { type Authenticate, bearerToken, newContext, type ProvenSession } from "../http/context.js";
import type { ErrorFormatter } from "../http/format-error.js";
import { inviteRetry } from "../http/http-server.js";
import { isFromThisMachine } from "../http/local-request.js";
import { callerKey, type RateLimit } from "../http/rate-limit.js";
import type { ApiLimits } from "../limits.js";
import { asRefusal, documentRules, validationOptions } from "./documents/document-limits.js";
import type { DocumentResolver } from "./documents/document-resolver.js";
import { documentRequestOf, inlinePersistedDocument } from "./documents/resolve-document.js";
import type { OperationCache } from "./operations/operation-cache.js";
import { runOperation } from "./operations/run-operation.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Whom it is answered for: looked at once, however often it is asked. */
    viewerContext: Promise<RequestContext> | null;
  }
}

export interface GraphqlHttpOptions {
  schema: GraphQLSchema;
  authenticate: Authenticate;
  rateLimit: RateLimit;
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

/** GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/), by Apollo Server. */
export async function createGraphqlHttp(
  app: FastifyInstance,
  parts: GraphqlHttpOptions,
): Promise<GraphqlHttp> {
  app.decorateRequest("viewerContext", null);
  const apollo = newApollo(parts);
  await apollo.start();
  const contextOf = (request: FastifyRequest) => {
    request.viewerContext ??= newContextOf(request, parts);
    return request.viewerContext;
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const named = documentRequestOf(request);
    const mayAsk = () =>
      contextOf(request).then(
        () => true,
        () => false, // Apollo asks for the context too, and says why.
      );
    const asked = await inlinePersistedDocument(request, named, parts.documents, mayAsk);
    const { headers, body, status } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: request.method,
        headers: headersOf(request),
        ...asked,
      },
      context: () => contextOf(request),
    });
    for (const [name, value] of headers) reply.header(name, value);
    reply.code(status ?? 200);
    if (isRefusedDocument(request, reply)) reply.code(200);
    await parts.documents.register(named, async () => {
      const { viewer, address } = await contextOf(request);
      return callerKey(viewer, address);
    });
    // Apollo answers in pieces only to @defer and @stream, which our schema does not have.
    return (body as { string: string }).string;
  };
  let underWay = 0;
  return {
    async handle(request, reply) {
      if (underWay >= parts.limits.requestsUnderWayMax)
        throw new OverloadedError("too many requests are under way");
      underWay += 1;
      const string = await answer(request, reply).finally(() => {
        underWay -= 1;
      });
      // An answer that has data keeps its status, or what did happen would be lost on the client.
      if (!string.includes('"data":{') && inviteRetry(request, reply)) reply.code(503);
      return string;
    },
    stop: () => apollo.stop(),
  };
}

/** The headers that Apollo reads: the types of body and answer, and the proof of a CORS preflight. */
const headersRead = ["content-type", "accept", "apollo-require-preflight", "x-apollo-operation-name"];

function headersOf({ headers }: FastifyRequest): HeaderMap {
  const map = new HeaderMap();
  for (const name of headersRead) {
    const value = headers[name];
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return map;
}

function newApollo(parts: GraphqlHttpOptions): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: parts.schema,
    introspection: true, // Our own rule says so, for both transports.
    validationRules: documentRules(parts.limits, parts.introspection),
    validationOptions: validationOptions(parts.introspection),
    parseOptions: { maxTokens: parts.limits.documentTokensMax },
    formatError: (_formatted, error) => formatted(error, parts.formatter),
    documentStore: parts.operations,
    persistedQueries: false,
    allowBatchedHttpRequests: false,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    logger: parts.logger,
    stringifyResult: (result) => JSON.stringify(result),
    plugins: [
      operationPlugin(parts),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
}

function formatted(error: unknown, formatter: ErrorFormatter): GraphQLFormattedError {
  return formatter.format(error, currentRequest.getStore() ?? newRequestInfo(""));
}

/** Has operations run as they are run over WebSocket; Apollo executes what is left to graphql. */
function operationPlugin({
  schema,
  operations,
  formatter,
}: GraphqlHttpOptions): ApolloServerPlugin<RequestContext> {
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
      const result = await runOperation(cached, run, args);
      const errors = result.errors?.map((error) => formatted(error, formatter));
      const singleResult = { ...result, errors };
      return {
        http: { status: undefined, headers: new HeaderMap() },
        body: { kind: "single", singleResult },
      };
    },
  };
  return { requestDidStart: async () => listener };
}

async function newContextOf(request: FastifyRequest, parts: GraphqlHttpOptions): Promise<RequestContext> {
  const session = await sessionOf(request, parts.authenticate);
  try {
    await parts.rateLimit.take(callerKey(session, request.ip));
  } catch (error) {
    throw error instanceof RateLimited ? tooManyRequests(error) : error;
  }
  return newContext(session, {
    language: request.info.language,
    address: request.ip,
    isFromThisMachine: isFromThisMachine(request),
  });
}

/**
 * A bad token is nobody, and not an error: clients send their old one along with refreshSession and
 * login too. What needs a user then answers UNAUTHENTICATED by itself.
 */
async function sessionOf(request: FastifyRequest, authenticate: Authenticate): Promise<ProvenSession | null> {
  const token = bearerToken(request.headers.authorization);
  if (!token) return null;
  try {
    return await authenticate(token);
  } catch (error) {
    if (error instanceof Unauthenticated) return null;
    throw error;
  }
}

function tooManyRequests(error: RateLimited): GraphQLError {
  const headers = new HeaderMap([["retry-after", String(Math.ceil(error.retryAfterMs / 1000))]]);
  return new GraphQLError(error.message, {
    originalError: error,
    extensions: { http: { status: 429, headers } },
  });
}

const documentRefusals: ReadonlySet<ErrorCode | null> = new Set<ErrorCode>([
  "GRAPHQL_PARSE_FAILED",
  "GRAPHQL_VALIDATION_FAILED",
  "BAD_USER_INPUT",
  "QUERY_TOO_COMPLEX",
]);

/**
 * A well-formed request whose document is refused: 200 for who accepts application/json alone, since
 * a status of 4xx in that type may come from a proxy (GraphQL over HTTP, section 6.4.1), and 400 for
 * who accepts application/graphql-response+json.
 */
function isRefusedDocument(request: FastifyRequest, reply: FastifyReply): boolean {
  const type = String(reply.getHeader("content-type") ?? "");
  const refused = documentRefusals.has(request.info.errorCode);
  return refused && reply.statusCode >= 400 && type.startsWith("application/json");
}
