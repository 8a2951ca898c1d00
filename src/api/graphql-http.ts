import { ApolloServer, type ApolloServerPlugin, HeaderMap } from "@apollo/server";
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from "@apollo/server/plugin/disabled";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { GraphQLError, type GraphQLSchema } from "graphql";
import type { ErrorCode } from "../platform/app-error.js";
import { Busy } from "../platform/busy.js";
import { RateLimited, Unauthenticated } from "../platform/common-errors.js";
import type { RequestContext } from "../platform/graphql/request-context.js";
import type { Logger } from "../platform/logger.js";
import type { KnownOperations } from "./compiled/known-operations.js";
import { KnownRunner } from "./compiled/run-known.js";
import { type Authenticate, bearerToken, newContext, type ProvenSession } from "./context.js";
import { type Asked, documentInPlace } from "./document-in-place.js";
import { documentRules, validationOptions } from "./document-limits.js";
import type { DocumentSource } from "./document-source.js";
import type { ErrorFormatter } from "./format-error.js";
import { inviteRetry } from "./http-server.js";
import type { ApiLimits } from "./limits.js";
import { callerKey, type RateLimit } from "./rate-limit.js";
import { currentScope, newRequestScope } from "./request-scope.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Whom it is answered for: looked at once, however often it is asked. */
    viewerContext: Promise<RequestContext> | null;
  }
}

export interface GraphqlHttpParts {
  schema: GraphQLSchema;
  authenticate: Authenticate;
  rateLimit: RateLimit;
  formatter: ErrorFormatter;
  introspection: boolean;
  documents: DocumentSource;
  known: KnownOperations;
  limits: ApiLimits;
  logger: Logger;
}

export interface GraphqlHttp {
  handle(request: FastifyRequest, reply: FastifyReply): Promise<string>;
  stop(): Promise<void>;
}

/** GraphQL over HTTP (https://graphql.github.io/graphql-over-http/draft/), by Apollo Server. */
export async function createGraphqlHttp(app: FastifyInstance, parts: GraphqlHttpParts): Promise<GraphqlHttp> {
  app.decorateRequest("viewerContext", null);
  const apollo = newApollo(parts);
  await apollo.start();
  const contextOf = (request: FastifyRequest) => {
    request.viewerContext ??= newContextOf(request, parts);
    return request.viewerContext;
  };
  const runner = new KnownRunner({ known: parts.known, formatter: parts.formatter, contextOf });
  const answerByApollo = async (request: FastifyRequest, reply: FastifyReply, asked: Asked) => {
    const { headers, body, status } = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: request.method, headers: headersOf(request), ...asked },
      context: () => contextOf(request),
    });
    for (const [name, value] of headers) reply.header(name, value);
    reply.code(status ?? 200);
    if (isRefusedDocument(request, reply)) reply.code(200);
    runner.learn(request, reply);
    // Apollo answers in pieces only to @defer and @stream, which our schema does not have.
    return (body as { string: string }).string;
  };
  const answer = async (request: FastifyRequest, reply: FastifyReply) => {
    const asked = documentInPlace(request, parts.documents);
    return (await runner.answer(request, reply, asked.body)) ?? (await answerByApollo(request, reply, asked));
  };
  let underWay = 0;
  return {
    async handle(request, reply) {
      if (underWay >= parts.limits.requestsUnderWayMax) throw new Busy("too many requests are under way");
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

function headersOf({ headers }: FastifyRequest): HeaderMap {
  const map = new HeaderMap();
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) map.set(name, Array.isArray(value) ? value.join(", ") : value);
  }
  return map;
}

function newApollo(parts: GraphqlHttpParts): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema: parts.schema,
    introspection: true, // Our own rule says so, for both transports.
    validationRules: documentRules(parts.limits, parts.introspection),
    validationOptions: validationOptions(parts.introspection),
    parseOptions: { maxTokens: parts.limits.documentTokensMax },
    formatError: (_formatted, error) =>
      parts.formatter.format(error, currentScope.getStore() ?? newRequestScope("", "en")),
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

function operationPlugin({ known }: GraphqlHttpParts): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      async didResolveOperation({ document, operation, request, source }) {
        if (!operation) return;
        const { operationName, variables } = request;
        const admitted = known.remember(source, operationName, document, operation);
        const scope = currentScope.getStore();
        if (scope) scope.operation = admitted.label;
        admitted.refuseCostly(variables);
      },
    }),
  };
}

async function newContextOf(request: FastifyRequest, parts: GraphqlHttpParts): Promise<RequestContext> {
  const session = await sessionOf(request, parts.authenticate);
  try {
    await parts.rateLimit.take(callerKey(session, request.ip));
  } catch (error) {
    throw error instanceof RateLimited ? tooManyRequests(error) : error;
  }
  return newContext(request.scope, session, request.ip);
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
  const refused = documentRefusals.has(request.scope.errorCode);
  return refused && reply.statusCode >= 400 && type.startsWith("application/json");
}
