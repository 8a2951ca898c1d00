import { type ExecutionArgs, type ExecutionResult, execute, type GraphQLSchema } from "graphql";
import type { RequestContext } from "../../../platform/graphql/request-context.js";
import type { Run } from "./compile.js";

/**
 * Runs a compiled operation, for HTTP and WebSocket. If its result has an error, graphql executes the
 * operation again and its result counts, because compiled code differs in text, order and number of errors.
 * A mutation acts once.
 */
export function runOperation(
  { isMutation }: { isMutation: boolean },
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

/** The root value of a mutation that may be executed twice, but acts once. */
class Outcome {
  private result: Promise<unknown> | null = null;

  once(act: () => unknown): Promise<unknown> {
    this.result ??= (async () => act())();
    return this.result;
  }
}

/** Changes the schema: a mutation that is executed again with the same Outcome returns its first result. */
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
