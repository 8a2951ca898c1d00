import { type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import type { RequestContext } from "../../../platform/graphql/request-context.js";
import type { Run } from "./compile.js";
import { Outcome } from "./mutation-outcome.js";
import type { CachedOperation } from "./operation-cache.js";

/**
 * Runs a compiled operation, over HTTP and WebSocket alike. An answer that has an error is given by graphql's
 * own execution instead: compiled code words, orders and counts errors otherwise. What a mutation did is
 * not done again.
 */
export function runOperation(
  { isMutation }: CachedOperation,
  run: Run,
  args: ExecutionArgs & { contextValue: RequestContext },
): ExecutionResult | Promise<ExecutionResult> {
  const rootValue = isMutation ? new Outcome() : args.rootValue;
  const checked = (result: ExecutionResult) =>
    result.errors?.length
      ? (execute({ ...args, rootValue }) as typeof result | Promise<typeof result>)
      : result;
  const result = run(args.contextValue, rootValue);
  return result instanceof Promise ? result.then(checked) : checked(result);
}
