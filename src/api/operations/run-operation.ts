import type { ExecutionResult } from "graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import type { Run } from "./compile.js";
import type { CachedOperation } from "./operation-cache.js";

/**
 * Runs an operation over HTTP and WebSocket alike: as compiled, else by `otherwise`. A query or an event
 * that has an error is executed again by `otherwise`, which words, places and counts errors as the
 * specification says. A mutation is executed once.
 */
export function runOperation<T>(
  operation: CachedOperation,
  run: Run | null,
  context: RequestContext,
  rootValue: unknown,
  otherwise: () => T,
): ExecutionResult | T | Promise<ExecutionResult | T> {
  if (!run) return otherwise();
  const checked = (result: ExecutionResult) =>
    result.errors?.length && !operation.isMutation ? otherwise() : result;
  const result = run(context, rootValue);
  return result instanceof Promise ? result.then(checked) : checked(result);
}
