import { type ExecutionArgs, type ExecutionResult, execute } from "graphql";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import type { KnownOperation } from "./known-operations.js";

/** Runs a known operation once or, for a subscription, at every event; by its compiled form once there is one. */
export class KnownExecution {
  private variables: Record<string, unknown> | null | undefined;

  constructor(
    private readonly known: KnownOperation,
    private readonly args: ExecutionArgs,
  ) {}

  /** The same text for all who see the same in one event: one operation, one user, one language. */
  audience({ viewer, language }: RequestContext): string {
    const { variableValues } = this.args;
    return JSON.stringify([this.known.serial, viewer?.userId ?? null, language, variableValues ?? null]);
  }

  /** `rootValue` is a subscription's event. */
  run(contextValue: RequestContext, rootValue?: unknown): ExecutionResult | Promise<ExecutionResult> {
    const { compiled } = this.known;
    if (compiled) this.variables ??= compiled.readVariables(this.args.variableValues ?? {});
    if (compiled && this.variables) return compiled.run(contextValue, this.variables, rootValue);
    return execute({ ...this.args, contextValue, rootValue }) as ExecutionResult | Promise<ExecutionResult>;
  }
}
