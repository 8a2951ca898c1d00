import { createRequire } from "node:module";

type Handle = (
  execution: unknown,
  value: unknown,
  onSuccess: (value: unknown) => void,
  onError: (error: unknown) => void,
) => void;

/** The functions that compiled code calls with each resolver's result and each item of a list. */
interface JitRuntime {
  handleResolverResult: Handle;
  handleListItemResult: Handle;
}

/**
 * Has compiled code that throws (a getter of a row may) fail its field. In graphql-jit 0.8.9 such an error
 * is an unhandled rejection, which ends the process, and the request gets no answer.
 */
export function guardCompiledCode(): void {
  const { jitRuntime } = createRequire(import.meta.url)("graphql-jit/dist/runtime") as {
    jitRuntime: JitRuntime;
  };
  for (const name of ["handleResolverResult", "handleListItemResult"] as const) {
    const handle = jitRuntime[name];
    jitRuntime[name] = (execution, value, onSuccess, onError) => {
      const guarded = (result: unknown) => {
        try {
          onSuccess(result);
        } catch (error) {
          onError(error);
        }
      };
      handle.call(jitRuntime, execution, value, guarded, onError);
    };
  }
}
