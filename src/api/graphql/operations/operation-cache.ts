import { createHash } from "node:crypto";
import {
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from "graphql";
import { LRUCache } from "lru-cache";
import { QueryTooComplex } from "../../api.errors.js";
import type { ApiLimits } from "../../limits.js";
import { asRefusal } from "../documents/document-limits.js";
import { costDependsOnVariables, queryCost } from "../query-cost.js";
import { type Bind, Compiler, type Run } from "./compile.js";
import { rememberOutcomes } from "./run-operation.js";

type Variables = Readonly<Record<string, unknown>> | null | undefined;

/** Operations are compiled at this use. Most are used less often. */
const compiledAtUse = 4;

/**
 * The valid documents by the SHA-256 of their text, with their operations. At the limit the least recently
 * used is evicted. It is the document store of Apollo and of the WebSockets.
 */
export class OperationCache {
  private readonly documents = new LRUCache<string, DocumentNode>({
    max: 500,
    // Characters: a parsed document takes some 200 times as many bytes.
    maxSize: 500_000,
    maxEntrySize: 16_000,
    sizeCalculation: ({ loc }) => Math.max(1, loc?.source.body.length ?? 1),
  });
  /** Weak, so that an evicted document frees its operations. */
  private readonly operations = new WeakMap<OperationDefinitionNode, CachedOperation>();
  private readonly compiler: Compiler;
  private made = 0;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly limits: ApiLimits,
  ) {
    rememberOutcomes(schema);
    this.compiler = new Compiler(schema);
  }

  static keyOf(text: string): string {
    return createHash("sha256").update(text).digest("hex");
  }

  /** Apollo's key ends with the text's hash. */
  async get(key: string): Promise<DocumentNode | undefined> {
    return this.documents.get(key.slice(-64));
  }

  async set(key: string, document: DocumentNode): Promise<void> {
    this.documents.set(key.slice(-64), document);
  }

  async delete(key: string): Promise<boolean> {
    return this.documents.delete(key.slice(-64));
  }

  /** The document is valid. */
  of(document: DocumentNode, operation: OperationDefinitionNode): CachedOperation {
    const known = this.operations.get(operation);
    if (known) return known;
    this.made += 1;
    const { schema, limits, compiler } = this;
    const made = new CachedOperation(this.made, document, operation, { schema, limits, compiler });
    this.operations.set(operation, made);
    return made;
  }
}

export class CachedOperation {
  /** For logs and metrics. */
  readonly label: string;
  private uses = 0;
  private compiled: Bind | null = null;
  private costPassed = false;
  private readonly costIsFixed: boolean;

  constructor(
    readonly id: number,
    readonly document: DocumentNode,
    readonly operation: OperationDefinitionNode,
    private readonly deps: { schema: GraphQLSchema; limits: ApiLimits; compiler: Compiler },
  ) {
    this.label = labelOf(operation);
    this.costIsFixed = !costDependsOnVariables(deps.schema, operation);
  }

  get isSubscription(): boolean {
    return this.operation.operation === OperationTypeNode.SUBSCRIPTION;
  }

  get isMutation(): boolean {
    return this.operation.operation === OperationTypeNode.MUTATION;
  }

  /** Throws QUERY_TOO_COMPLEX, wrapped for graphql, if the response may be too large. */
  checkCost(variables: Variables): void {
    if (this.costPassed) return;
    const { document, operation } = this;
    const { schema, limits } = this.deps;
    const max = limits.queryCostMax;
    if (queryCost({ schema, document, operation, variables }) > max)
      throw asRefusal(new QueryTooComplex("cost", max));
    this.costPassed = this.costIsFixed;
  }

  /** Counts a use. Null if graphql's own execution has to run it, or has to report invalid variables. */
  bind(variables: Variables): Run | null {
    this.uses += 1;
    if (this.uses === compiledAtUse)
      this.compiled = this.deps.compiler.compile(this.document, this.operation);
    return this.compiled?.(variables) ?? null;
  }
}

/**
 * Its kind and first root field ("mutation createTask"). The client's name for it would let clients create
 * any number of metrics.
 */
function labelOf(operation: OperationDefinitionNode): string {
  for (const node of operation.selectionSet.selections) {
    if (node.kind === Kind.FIELD) return `${operation.operation} ${node.name.value}`;
  }
  return operation.operation;
}
