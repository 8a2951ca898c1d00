import type { GraphQLSchema } from "graphql";

/** The root value of a mutation that may be executed twice, but acts once. */
export class Outcome {
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

/** A mutation that is executed again with the same Outcome returns its first result. */
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
