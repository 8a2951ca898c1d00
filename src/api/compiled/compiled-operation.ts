import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLScalarType,
  GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  visit,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { type VariableReader, variableReader } from "./variable-reader.js";

/** A variable whose value has been read already. */
const readValue = new GraphQLScalarType({ name: "ReadValue", parseValue: (value) => value });

/** The schema as compiled operations see it: the same types, and one for what is read already. */
export function schemaForCompiling(schema: GraphQLSchema): GraphQLSchema {
  const config = schema.toConfig();
  return new GraphQLSchema({ ...config, types: [...config.types, readValue], assumeValid: true });
}

/**
 * One operation as a function that was written for it (graphql-jit), instead of a walk through its
 * document each time. Variables are handed to it read, since the compiler reads them otherwise than the
 * specification says where an input field has a default.
 */
export class CompiledOperation {
  private constructor(
    /** Null for variables that do not fit; why they do not is told by graphql's own execution. */
    readonly readVariables: VariableReader,
    private readonly compiled: CompiledQuery,
  ) {}

  /** Null for what the compiler does not take: that is run by graphql itself. */
  static of(
    compilingSchema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ): CompiledOperation | null {
    const name = operation.name?.value ?? "";
    const compiled = compileQuery(compilingSchema, withReadVariables(document), name, {
      disablingCapturingStackErrors: true,
    });
    if (!isCompiledQuery(compiled)) return null;
    const reader = variableReader(compilingSchema, operation.variableDefinitions ?? []);
    return new CompiledOperation(reader, compiled);
  }

  /** `rootValue` is a subscription's event. */
  run(
    context: RequestContext,
    variables: Record<string, unknown>,
    rootValue?: unknown,
  ): ExecutionResult | Promise<ExecutionResult> {
    return this.compiled.query(rootValue, context, variables);
  }
}

function withReadVariables(document: DocumentNode): DocumentNode {
  const type = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: readValue.name } } as const;
  return visit(document, {
    VariableDefinition: ({ kind, variable }) => ({ kind, variable, type }),
  });
}
