import { createRequire } from "node:module";
import type { JitRuntime } from "graphql-jit/dist/runtime";

/** The instance that compiled code uses: graphql-jit's ES module imports its CommonJS files. */
const require = createRequire(import.meta.url);
const { jitRuntime } = require("graphql-jit/dist/runtime") as { jitRuntime: JitRuntime };

/**
 * Fails a field whose compiled code throws, as a getter of a row may. In graphql-jit 0.8.9 such an error is
 * an unhandled rejection: it ends the process, and the request gets no answer.
 */
export function guardCompiledCode(): void {
  for (const name of ["handleResolverResult", "handleListItemResult"] as const) {
    const handle = jitRuntime[name].bind(jitRuntime);
    jitRuntime[name] = (execution, value, onSuccess, onError) => {
      const guarded = (result: unknown) => {
        try {
          onSuccess(result);
        } catch (error) {
          onError(error);
        }
      };
      handle(execution, value, guarded, onError);
    };
  }
}
