import {
  BREAK,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLNamedType,
  GraphQLScalarType,
  GraphQLSchema,
  getNamedType,
  getVariableValues,
  isAbstractType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  TypeInfo,
  valueFromAST,
  visit,
  visitWithTypeInfo,
} from "graphql";
import type { PromiseOrValue } from "graphql/jsutils/PromiseOrValue.js";
import { compileQuery, isCompiledQuery } from "graphql-jit";
import type { RequestContext } from "../../../platform/graphql/request-context.js";
import { fragmentsOf } from "../fragments.js";

/** Runs an operation with the variables that it is bound to. `rootValue` is a subscription's event. */
export type Run = (context: RequestContext, rootValue?: unknown) => PromiseOrValue<ExecutionResult>;

/** Reads the variables. Null if they do not fit: then graphql's own execution says why. */
export type Bind = (variables: Readonly<Record<string, unknown>> | null | undefined) => Run | null;

/** A step takes some 10 µs at most, so this is a few milliseconds of compiling. */
const stepsMax = 450;

/** The type of every variable in compiled code: graphql has read its value already. */
const readValue = new GraphQLScalarType({ name: "ReadValue", parseValue: (value) => value });

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
    this.compilingSchema = new GraphQLSchema({ ...config, types: [...config.types, readValue] });
  }

  /** Null if graphql's own execution has to run it. The document is valid. */
  compile(document: DocumentNode, operation: OperationDefinitionNode): Bind | null {
    if (this.countSteps(document, operation, stepsMax) > stepsMax) return null;
    const prepared = this.withoutLiterals(document, operation);
    if (!prepared) return null;
    const options = { disablingCapturingStackErrors: true };
    const compiled = compileQuery(this.compilingSchema, prepared.document, operation.name?.value, options);
    if (!isCompiledQuery(compiled)) return null;
    return (given) => {
      const { coerced } = getVariableValues(this.schema, operation.variableDefinitions ?? [], given ?? {});
      if (!coerced) return null;
      // Nothing is inherited: a variable may be called "constructor".
      const values: Record<string, unknown> = { __proto__: null, ...coerced };
      for (const [name, read] of prepared.literals) {
        values[name] = read(coerced);
        if (values[name] === undefined) return null;
      }
      return (context, rootValue) => compiled.query(rootValue, context, values);
    };
  }

  /**
   * An upper bound of the steps that compiling takes. Stops counting above `max`. The compiler follows a
   * fragment at each of its spreads, walks through everything below a field when it comes to it, and writes
   * the selections on an abstract type once for each possible type.
   */
  countSteps(document: DocumentNode, operation: OperationDefinitionNode, max: number): number {
    const { schema } = this;
    const fragments = fragmentsOf(document);
    let steps = 0;
    const walk = (set: SelectionSetNode, on: GraphQLNamedType | undefined, copies: number, depth: number) => {
      const types = isAbstractType(on) ? copies * schema.getPossibleTypes(on).length : copies;
      for (const node of set.selections) {
        steps += types * depth;
        if (steps > max) return;
        if (node.kind === Kind.FIELD) {
          const field = on && "getFields" in on ? on.getFields()[node.name.value] : undefined;
          if (node.selectionSet) walk(node.selectionSet, getNamedType(field?.type), types, depth + 1);
        } else {
          const inner = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value);
          const condition = inner?.typeCondition ? schema.getType(inner.typeCondition.name.value) : on;
          if (inner) walk(inner.selectionSet, condition, copies, depth);
        }
      }
    };
    walk(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined, 1, 1);
    return steps;
  }

  /**
   * Puts a variable in the place of every literal. Its name has a $, which no name of a client has. Null if
   * graphql-jit does not run the document as graphql does, except for the texts and number of errors.
   */
  private withoutLiterals(document: DocumentNode, operation: OperationDefinitionNode) {
    const [first, ...others] = operation.selectionSet.selections;
    const isSeries = others.length > 0 || first?.kind !== Kind.FIELD;
    // A failed mutation ends those that come after it, but not in compiled code.
    let canRun = !(isSeries && operation.operation === "mutation");
    const refuse = () => {
      canRun = false;
      return BREAK;
    };
    const literals = new Map<string, (variables: Record<string, unknown>) => unknown>();
    const typeInfo = new TypeInfo(this.schema);
    const named = (value: string) => ({ kind: Kind.NAME, value }) as const;
    const variable = (name: string) => ({ kind: Kind.VARIABLE, name: named(name) }) as const;
    const type = { kind: Kind.NAMED_TYPE, name: named(readValue.name) } as const;
    const visitor = visitWithTypeInfo(typeInfo, {
      OperationDefinition: (node) => (node === operation ? undefined : refuse()),
      // Conditions on one spread of a fragment would count for all its spreads.
      Directive: refuse,
      // The code joins the names of a path by "_", and introspection would show the compiling schema.
      Field: ({ name, alias }) => {
        const isTypename = name.value === "__typename" && !alias;
        return !isTypename && (alias ?? name).value.includes("_") ? refuse() : undefined;
      },
      Name: ({ value }) => (value === "__proto__" ? refuse() : undefined),
      Argument: (node) => {
        const type = typeInfo.getArgument()?.type;
        if (node.value.kind === Kind.VARIABLE) return false;
        const name = `$${literals.size}`;
        literals.set(name, (variables) => type && valueFromAST(node.value, type, variables));
        return { ...node, value: variable(name) };
      },
    });
    const replaced = visit(document, visitor);
    if (!canRun) return null;
    const own = operation.variableDefinitions?.map((each) => each.variable.name.value) ?? [];
    const variableDefinitions = [...own, ...literals.keys()].map(
      (name) => ({ kind: Kind.VARIABLE_DEFINITION, variable: variable(name), type }) as const,
    );
    const definitions = replaced.definitions.map((node) =>
      node.kind === Kind.OPERATION_DEFINITION ? { ...node, variableDefinitions } : node,
    );
    return { document: { ...replaced, definitions }, literals };
  }
}
