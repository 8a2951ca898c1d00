import type { FastifyReply, FastifyRequest } from "fastify";
import type { ExecutionResult } from "graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import type { ErrorFormatter } from "../format-error.js";
import { isSubscription, type KnownOperation, type KnownOperations } from "./known-operations.js";

export interface KnownRunnerParts {
  known: KnownOperations;
  formatter: ErrorFormatter;
  /** Throws where the caller may not go on; asked a second time it answers the same. */
  contextOf(request: FastifyRequest): Promise<RequestContext>;
}

/** The answer's body, or null for a request that has to go the long way. */
export type KnownAnswer = string | null;

/**
 * Answers requests for known operations without the way through Apollo Server. Only what is plainly
 * right is answered here: whatever is refused, for its variables, its caller or its form, goes the long
 * way and is told so there, in one form for all.
 */
export class KnownRunner {
  /** By Accept header: what Apollo answered with. */
  private readonly contentTypes = new Map<string, string>();

  constructor(private readonly parts: KnownRunnerParts) {}

  async answer(request: FastifyRequest, reply: FastifyReply, body: unknown): Promise<KnownAnswer> {
    const contentType = this.contentTypes.get(request.headers.accept ?? "");
    const asked = contentType === undefined ? null : readBody(request, body);
    const operation = asked && this.parts.known.find(asked.query, asked.operationName);
    if (!operation?.compiled || isSubscription(operation)) return null;
    const variables = admit(operation, asked?.variables ?? {});
    if (!variables) return null;
    const context = await this.parts.contextOf(request).catch(() => null);
    if (!context) return null;
    request.scope.operation = operation.label;
    const result = await operation.compiled.run(context, variables);
    reply.header("content-type", contentType);
    return JSON.stringify(this.told(result, request));
  }

  /** After an answer by Apollo: that is how this Accept header is served. */
  learn(request: FastifyRequest, reply: FastifyReply): void {
    const type = reply.getHeader("content-type");
    const accept = request.headers.accept ?? "";
    if (typeof type !== "string" || reply.statusCode !== 200 || accept.length > 200) return;
    if (this.contentTypes.size < 100) this.contentTypes.set(accept, type);
  }

  private told(result: ExecutionResult, { scope }: FastifyRequest): object {
    if (!result.errors?.length) return result;
    const errors = result.errors.map((error) => this.parts.formatter.format(error, scope));
    return { errors, data: result.data };
  }
}

/** The variables as the operation reads them; null where they do not fit or ask for too much. */
function admit(operation: KnownOperation, given: Record<string, unknown>): Record<string, unknown> | null {
  try {
    operation.refuseCostly(given);
    return operation.compiled?.readVariables(given) ?? null;
  } catch {
    return null;
  }
}

interface Asked {
  query: string;
  operationName: string | null | undefined;
  variables: Record<string, unknown> | null | undefined;
}

/** Null for what is no plain JSON request. */
function readBody({ method, headers }: FastifyRequest, body: unknown): Asked | null {
  if (method !== "POST" || !headers["content-type"]?.startsWith("application/json")) return null;
  const { query, operationName, variables, extensions } = (body ?? {}) as Record<string, unknown>;
  if (typeof query !== "string" || extensions !== undefined) return null;
  if (operationName != null && typeof operationName !== "string") return null;
  if (variables != null && (typeof variables !== "object" || Array.isArray(variables))) return null;
  return { query, operationName, variables: variables as Asked["variables"] };
}
