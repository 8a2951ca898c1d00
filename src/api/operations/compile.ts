import {
  BREAK,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLInputType,
  GraphQLScalarType,
  GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  TypeInfo,
  type ValueNode,
  type VariableDefinitionNode,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { type CompiledQuery, compileQuery, isCompiledQuery } from "graphql-jit";
import type { RequestContext } from "../../platform/graphql/request-context.js";
import { compileSteps } from "./compile-steps.js";

/** Runs an operation whose variables have been read. `rootValue` is a subscription's event. */
export type Run = (
  context: RequestContext,
  rootValue?: unknown,
) => ExecutionResult | Promise<ExecutionResult>;

/** Reads the variables; null if they do not fit, and graphql's own execution says why. */
export type Bind = (variables: Readonly<Record<string, unknown>> | null | undefined) => Run | null;

/** Compiling takes up to some 50 µs a step. */
const stepsMax = 400;

/** The type of every variable in compiled code: graphql has read its value already. */
const readValue = new GraphQLScalarType({ name: "ReadValue", parseValue: (value) => value });
const readValueType = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: readValue.name } } as const;

/** A value that the document holds, under the name of the variable that takes its place. */
interface Literal {
  name: string;
  node: ValueNode;
  type: GraphQLInputType;
}

/**
 * Writes operations as functions (graphql-jit), instead of walking through their documents at each request.
 * It takes only what graphql-jit 0.8.9 executes as the specification says, and hands it no text of a
 * client but names: graphql-jit writes string literals into its code without escaping all of them, and
 * makes null of a variable that is absent from an input object. So graphql itself reads variables and
 * literals at each request.
 */
export class Compiler {
  private readonly compilingSchema: GraphQLSchema;

  constructor(private readonly schema: GraphQLSchema) {
    const config = schema.toConfig();
    const types = [...config.types, readValue];
    this.compilingSchema = new GraphQLSchema({ ...config, types, assumeValid: true });
  }

  /** Null if graphql's own execution has to run it. The document is valid. */
  compile(document: DocumentNode, operation: OperationDefinitionNode): Bind | null {
    if (!isCompilable(document, operation)) return null;
    if (compileSteps(this.schema, document, operation, stepsMax) > stepsMax) return null;
    const literals: Literal[] = [];
    const compiled = compileQuery(
      this.compilingSchema,
      this.withoutLiterals(document, literals),
      operation.name?.value ?? "",
      { disablingCapturingStackErrors: true },
    );
    return isCompiledQuery(compiled)
      ? this.bindTo(compiled, operation.variableDefinitions ?? [], literals)
      : null;
  }

  private bindTo(
    compiled: CompiledQuery,
    definitions: readonly VariableDefinitionNode[],
    literals: readonly Literal[],
  ): Bind {
    return (given) => {
      const { coerced } = getVariableValues(this.schema, definitions, given ?? {});
      if (!coerced) return null;
      const values: Record<string, unknown> = { ...coerced };
      for (const { name, node, type } of literals) {
        values[name] = valueFromAST(node, type, coerced);
        if (values[name] === undefined) return null;
      }
      return (context, rootValue) => compiled.query(rootValue, context, values);
    };
  }

  /** Puts a variable in the place of every literal. Its name has a $, which no name of a client has. */
  private withoutLiterals(document: DocumentNode, literals: Literal[]): DocumentNode {
    const typeInfo = new TypeInfo(this.schema);
    const variableNamed = (value: string) =>
      ({ kind: Kind.VARIABLE, name: { kind: Kind.NAME, value } }) as const;
    const replaced = visit(
      document,
      visitWithTypeInfo(typeInfo, {
        Argument: (node) => {
          if (node.value.kind === Kind.VARIABLE) return false;
          const name = `$${literals.length}`;
          literals.push({ name, node: node.value, type: typeInfo.getArgument()?.type as GraphQLInputType });
          return { ...node, value: variableNamed(name) };
        },
      }),
    );
    const added = literals.map(({ name }) => variableNamed(name));
    return visit(replaced, {
      OperationDefinition: (node) => {
        const variables = [...(node.variableDefinitions ?? []).map(({ variable }) => variable), ...added];
        const variableDefinitions = variables.map(
          (variable): VariableDefinitionNode => ({
            kind: Kind.VARIABLE_DEFINITION,
            variable,
            type: readValueType,
          }),
        );
        return { ...node, variableDefinitions };
      },
    });
  }
}

function isCompilable(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const [first, ...others] = operation.selectionSet.selections;
  // A mutation that fails ends those that come after it, which compiled code does not see to.
  const isSerial = others.length > 0 || first?.kind !== Kind.FIELD;
  if (operations.length > 1 || (isSerial && operation.operation === OperationTypeNode.MUTATION)) return false;
  let compilable = true;
  const refuse = () => {
    compilable = false;
    return BREAK;
  };
  visit(document, {
    // @skip and @include of a fragment count for all its spreads.
    Directive: refuse,
    // The code joins the names of a path by "_", and introspection would show the schema for compiling.
    Field: ({ name, alias }) =>
      (alias?.value ?? name.value.replace(/^__typename$/, "")).includes("_") ? refuse() : undefined,
    Name: ({ value }) => (value === "__proto__" ? refuse() : undefined),
  });
  return compilable;
}
