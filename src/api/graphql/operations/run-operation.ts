import { type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import type { RequestContext } from "../../../platform/graphql/request-context.js";
import type { Run } from "./compile.js";
import { Outcome } from "./mutation-outcome.js";
import type { CachedOperation } from "./operation-cache.js";

/**
 * Runs a compiled operation, for HTTP and WebSocket. If its result has an error, graphql executes the
 * operation again and its result counts, because compiled code differs in text, order and number of errors.
 * A mutation acts once.
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
