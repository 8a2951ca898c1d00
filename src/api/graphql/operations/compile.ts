import {
  BREAK,
  type DocumentNode,
  type ExecutionResult,
  GraphQLScalarType,
  GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  TypeInfo,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import type { RequestContext } from "../../../platform/graphql/request-context.js";
import { compileSteps } from "./compile-cost.js";
import { guardCompiledCode } from "./guard-compiled.js";

/** Runs an operation with the variables that it is bound to. `rootValue` is a subscription's event. */
export type Run = (
  context: RequestContext,
  rootValue?: unknown,
) => ExecutionResult | Promise<ExecutionResult>;

/** Reads the variables. Null if they do not fit: then graphql's own execution says why. */
export type Bind = (variables: Readonly<Record<string, unknown>> | null | undefined) => Run | null;

guardCompiledCode();

/** A step takes some 10 µs at most, so this is a few milliseconds of compiling. */
const stepsMax = 400;

/** The type of every variable in compiled code: graphql has read its value already. */
const readValue = new GraphQLScalarType({ name: "ReadValue", parseValue: (value) => value });

/** A variable's name, and how graphql reads its value from the document. */
type Literals = Map<string, (variables: Record<string, unknown>) => unknown>;

/**
 * Compiles operations to functions (graphql-jit), which run faster than a walk through the document. It takes
 * only what graphql-jit 0.8.9 runs as the specification says, and hands it no text of a client but names:
 * graphql-jit writes string literals into its code without escaping all of them, and makes null of a
 * variable that is absent from an input object. So graphql itself reads variables and literals.
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
    if (!canRunCompiled(document, operation)) return null;
    if (compileSteps(this.schema, document, operation, stepsMax) > stepsMax) return null;
    const literals: Literals = new Map();
    const namesOnly = this.withoutLiterals(document, operation, literals);
    const options = { disablingCapturingStackErrors: true };
    const compiled = compileQuery(this.compilingSchema, namesOnly, operation.name?.value ?? "", options);
    if (!isCompiledQuery(compiled)) return null;
    return (given) => {
      const { coerced } = getVariableValues(this.schema, operation.variableDefinitions ?? [], given ?? {});
      if (!coerced) return null;
      // Nothing is inherited: a variable may be called "constructor".
      const values: Record<string, unknown> = Object.assign(Object.create(null), coerced);
      for (const [name, read] of literals) {
        values[name] = read(coerced);
        if (values[name] === undefined) return null;
      }
      return (context, rootValue) => compiled.query(rootValue, context, values);
    };
  }

  /** Puts a variable in the place of every literal. Its name has a $, which no name of a client has. */
  private withoutLiterals(document: DocumentNode, operation: OperationDefinitionNode, literals: Literals) {
    const typeInfo = new TypeInfo(this.schema);
    const named = (value: string) => ({ kind: Kind.NAME, value }) as const;
    const variable = (name: string) => ({ kind: Kind.VARIABLE, name: named(name) }) as const;
    const type = { kind: Kind.NAMED_TYPE, name: named(readValue.name) } as const;
    const replaced: DocumentNode = visit(
      document,
      visitWithTypeInfo(typeInfo, {
        Argument: (node) => {
          const type = typeInfo.getArgument()?.type;
          if (node.value.kind === Kind.VARIABLE) return false;
          const name = `$${literals.size}`;
          literals.set(name, (variables) => type && valueFromAST(node.value, type, variables));
          return { ...node, value: variable(name) };
        },
      }),
    );
    const own = operation.variableDefinitions?.map((each) => each.variable.name.value) ?? [];
    const variableDefinitions = [...own, ...literals.keys()].map(
      (name) => ({ kind: Kind.VARIABLE_DEFINITION, variable: variable(name), type }) as const,
    );
    const definitions = replaced.definitions.map((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? { ...node, variableDefinitions } : node,
    );
    return { ...replaced, definitions };
  }
}

/** Whether graphql-jit runs it as graphql does, except for the texts and number of errors. */
function canRunCompiled(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const [first, ...others] = operation.selectionSet.selections;
  // A failed mutation ends those that come after it, but not in compiled code.
  const isSeries = others.length > 0 || first?.kind !== Kind.FIELD;
  let can = operations.length === 1 && !(isSeries && operation.operation === "mutation");
  const refuse = () => {
    can = false;
    return BREAK;
  };
  visit(document, {
    // Conditions on one spread of a fragment would count for all its spreads.
    Directive: refuse,
    // The code joins the names of a path by "_", and introspection would show the compiling schema.
    Field: ({ name, alias }) => {
      const isTypename = name.value === "__typename" && !alias;
      return !isTypename && (alias ?? name).value.includes("_") ? refuse() : undefined;
    },
    Name: ({ value }) => (value === "__proto__" ? refuse() : undefined),
  });
  return can;
}
