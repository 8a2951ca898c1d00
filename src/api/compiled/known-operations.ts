import {
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from "graphql";
import { DocumentSize } from "../document-size.js";
import type { ApiLimits } from "../limits.js";
import { operationLabel, refuseCostly } from "../operation.js";
import { costDependsOnVariables } from "../query-cost.js";
import { CompiledOperation, schemaForCompiling } from "./compiled-operation.js";

const keptMax = 1_000;
/** Longer documents are rare, and each would take its room of a hundred. */
const textLengthMax = 16_000;
/** What is asked for only so often is not worth compiling. */
const compiledFrom = 3;
/**
 * Compiling takes some 50 microseconds and a kilobyte for each field, fragments followed. Larger ones are
 * run as they are, or a thousand of them, each a little different, would cost gigabytes and minutes.
 */
const compiledFieldsMax = 300;
const compiledMax = 300;

/** An operation that has passed every rule a document must keep. */
export interface KnownOperation {
  /** Tells it from every other. */
  serial: number;
  document: DocumentNode;
  operation: OperationDefinitionNode;
  /** What logs and figures call it. */
  label: string;
  /** Throws QUERY_TOO_COMPLEX where these variables ask for too much. */
  refuseCostly(variables: Record<string, unknown> | null | undefined): void;
  /** Null for now, or for ever. */
  compiled: CompiledOperation | null;
}

interface Entry extends KnownOperation {
  uses: number;
  /** An alias `__proto__` would be the prototype of the answer that compiled code writes, and no field of it. */
  mayBeCompiled: boolean;
}

/**
 * The operations that clients ask for again and again: admitted once by all the rules, then found by
 * their text, and compiled when they come often. Who comes first pays for everybody; of what has not
 * come for long the oldest is forgotten.
 */
export class KnownOperations {
  private readonly byText = new Map<string, Entry>();
  /** The oldest comes first. */
  private readonly compiled = new Set<Entry>();
  private readonly compilingSchema: GraphQLSchema;
  private remembered = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly limits: ApiLimits,
  ) {
    this.compilingSchema = schemaForCompiling(schema);
  }

  find(text: string, operationName: string | null | undefined): KnownOperation | null {
    const key = keyOf(text, operationName);
    const entry = this.byText.get(key);
    if (!entry) return null;
    entry.uses += 1;
    if (entry.uses === compiledFrom) this.compile(entry);
    return entry;
  }

  /** For an operation that has just passed the rules, the cost of these variables aside. */
  remember(
    text: string,
    operationName: string | null | undefined,
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ): KnownOperation {
    const key = keyOf(text, operationName);
    const known = this.byText.get(key);
    if (known) return known;
    this.remembered += 1;
    const entry: Entry = {
      serial: this.remembered,
      document,
      operation,
      label: operationLabel(operation),
      refuseCostly: this.costRule(document, operation),
      compiled: null,
      uses: 0,
      mayBeCompiled: !text.includes("__proto__"),
    };
    if (text.length <= textLengthMax) this.keep(key, entry);
    return entry;
  }

  private compile(entry: Entry): void {
    const limits = { ...this.limits, documentFieldsMax: compiledFieldsMax };
    if (!entry.mayBeCompiled || DocumentSize.excessOf(entry.document, limits)) return;
    entry.compiled = CompiledOperation.of(this.compilingSchema, entry.document, entry.operation);
    this.compiled.add(entry);
    const [oldest] = this.compiled;
    if (this.compiled.size > compiledMax && oldest) this.forget(oldest);
  }

  /** Its code alone: when it comes again often it is compiled again. */
  private forget(entry: Entry): void {
    this.compiled.delete(entry);
    entry.compiled = null;
    entry.uses = 0;
  }

  private costRule(
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ): KnownOperation["refuseCostly"] {
    const check: KnownOperation["refuseCostly"] = (variables) =>
      refuseCostly(this.schema, document, operation, variables, this.limits);
    if (costDependsOnVariables(this.schema, operation)) return check;
    let passed = false;
    return (variables) => {
      if (!passed) check(variables);
      passed = true;
    };
  }

  private keep(key: string, entry: Entry): void {
    if (this.byText.size >= keptMax) {
      for (const [oldest, entry] of this.byText) {
        this.byText.delete(oldest);
        this.forget(entry);
        break;
      }
    }
    this.byText.set(key, entry);
  }
}

export function isSubscription({ operation }: KnownOperation): boolean {
  return operation.operation === OperationTypeNode.SUBSCRIPTION;
}

function keyOf(text: string, operationName: string | null | undefined): string {
  // No document has a NUL, so that no name and text together can pass for another text.
  return operationName ? `${operationName}\0${text}` : text;
}
