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
  TypeInfo,
  type ValueNode,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import type { RequestContext } from "../../../platform/graphql/request-context.js";
import { compileSteps } from "./compile-cost.js";
import { guardCompiledCode } from "./guard-compiled.js";

/** Runs an operation whose variables have been read. `rootValue` is a subscription's event. */
export type Run = (
  context: RequestContext,
  rootValue?: unknown,
) => ExecutionResult | Promise<ExecutionResult>;

/** Reads the variables; null if they do not fit, and graphql's own execution says why. */
export type Bind = (variables: Readonly<Record<string, unknown>> | null | undefined) => Run | null;

guardCompiledCode();

/** A step takes some 10 µs at most, so this is a few milliseconds of compiling. */
const stepsMax = 400;

/** The type of every variable in compiled code: graphql has read its value already. */
const readValue = new GraphQLScalarType({ name: "ReadValue", parseValue: (value) => value });
const readValueType = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: readValue.name } } as const;

/** A value that the document holds, and the variable that takes its place. */
interface Literal {
  name: string;
  node: ValueNode;
  type: GraphQLInputType;
}

/**
 * Writes operations as functions (graphql-jit), instead of walking through their documents at each request.
 * It takes only what graphql-jit 0.8.9 runs as the specification says, and hands it no text of a client
 * but names: graphql-jit writes string literals into its code without escaping all of them, and makes null
 * of a variable that is absent from an input object. So graphql itself reads variables and literals.
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
    if (!isRunAlike(document, operation)) return null;
    if (compileSteps(this.schema, document, operation, stepsMax) > stepsMax) return null;
    const literals: Literal[] = [];
    const namesOnly = this.withoutLiterals(document, literals);
    const options = { disablingCapturingStackErrors: true };
    const compiled = compileQuery(this.compilingSchema, namesOnly, operation.name?.value ?? "", options);
    if (!isCompiledQuery(compiled)) return null;
    return (given) => {
      const { coerced } = getVariableValues(this.schema, operation.variableDefinitions ?? [], given ?? {});
      if (!coerced) return null;
      // Nothing is inherited: a variable may be called "constructor".
      const values: Record<string, unknown> = Object.assign(Object.create(null), coerced);
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
    const variable = (value: string) => ({ kind: Kind.VARIABLE, name: { kind: Kind.NAME, value } }) as const;
    const replaced = visit(
      document,
      visitWithTypeInfo(typeInfo, {
        Argument: (node) => {
          if (node.value.kind === Kind.VARIABLE) return false;
          const name = `$${literals.length}`;
          literals.push({ name, node: node.value, type: typeInfo.getArgument()?.type as GraphQLInputType });
          return { ...node, value: variable(name) };
        },
      }),
    );
    return visit(replaced, {
      OperationDefinition: ({ variableDefinitions: own = [], ...node }) => {
        const names = [...own.map((each) => each.variable.name.value), ...literals.map(({ name }) => name)];
        const variableDefinitions = names.map(
          (name) =>
            ({ kind: Kind.VARIABLE_DEFINITION, variable: variable(name), type: readValueType }) as const,
        );
        return { ...node, variableDefinitions };
      },
    });
  }
}

/** Whether graphql-jit runs it as graphql does. What it words or counts otherwise are errors alone. */
function isRunAlike(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  const [first, ...others] = operation.selectionSet.selections;
  // A mutation that fails ends those that come after it, which compiled code does not see to.
  const isSeries = others.length > 0 || first?.kind !== Kind.FIELD;
  if (operations.length > 1 || (isSeries && operation.operation === "mutation")) return false;
  let runAlike = true;
  const refuse = () => {
    runAlike = false;
    return BREAK;
  };
  visit(document, {
    // Conditions on a fragment's spread would count for all its spreads.
    Directive: refuse,
    // The code joins the names of a path by "_", and introspection would show the schema for compiling.
    Field: ({ name, alias }) => {
      const isTypename = name.value === "__typename" && !alias;
      return !isTypename && (alias ?? name).value.includes("_") ? refuse() : undefined;
    },
    Name: ({ value }) => (value === "__proto__" ? refuse() : undefined),
  });
  return runAlike;
}
