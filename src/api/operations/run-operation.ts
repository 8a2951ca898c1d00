import { type ExecutionArgs, type ExecutionResult, execute, type GraphQLSchema } from "graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import type { Run } from "./compile.js";
import type { CachedOperation } from "./operation-cache.js";

/** The root value of a mutation that may be executed again for its answer's sake, and is done once. */
class Outcome {
  private given: (() => unknown) | null = null;

  once(act: () => unknown): unknown {
    this.given ??= settled(act);
    return this.given();
  }
}

function settled(act: () => unknown): () => unknown {
  try {
    const value = act();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Has every mutation do nothing when it is executed again with the same Outcome. */
export function rememberOutcomes(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field;
    if (!resolve) continue;
    field.resolve = (root, args, context, info) =>
      root instanceof Outcome
        ? root.once(() => resolve(undefined, args, context, info))
        : resolve(root, args, context, info);
  }
}

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
