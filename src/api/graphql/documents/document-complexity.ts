import { type DocumentNode, type FieldNode, Kind, type SelectionSetNode, type ValueNode } from "graphql";
import { QueryTooComplex } from "../../api.errors.js";
import type { ApiLimits } from "../../limits.js";
import { type Fragments, fragmentsOf } from "../fragments.js";

/** The fragments around a selection, innermost first. A spread of one of them is a cycle. */
type Path = { name: string; outer: Path } | null;

interface Selected {
  node: FieldNode;
  path: Path;
}

/**
 * Measures how expensive a document is to validate: its nesting, fragments that multiply, and repeated
 * fields, which graphql compares pair by pair before it merges them. It follows the document as graphql's
 * rules do and stops at the first limit, so the worst document costs a few thousand steps.
 */
export class DocumentComplexity {
  private readonly fragments: Fragments;
  private readonly spread = new Set<string>();
  private steps = 0;
  private pairs = 0;

  private constructor(
    private readonly document: DocumentNode,
    private readonly limits: ApiLimits,
  ) {
    this.fragments = fragmentsOf(document);
  }

  /** The first limit that the document exceeds, or null. graphql's own rule reports cycles of fragments. */
  static findExceededLimit(document: DocumentNode, limits: ApiLimits): QueryTooComplex | null {
    try {
      new DocumentComplexity(document, limits).measure();
      return null;
    } catch (error) {
      if (error instanceof QueryTooComplex) return error;
      throw error;
    }
  }

  private measure(): void {
    for (const node of this.document.definitions) {
      if (node.kind === Kind.OPERATION_DEFINITION) this.descend([[node.selectionSet, null]], 1);
    }
    for (const [name, { selectionSet }] of this.fragments) {
      if (!this.spread.has(name)) this.descend([[selectionSet, { name, outer: null }]], 1);
    }
  }

  /** graphql merges the selection sets of one field, so they are measured together. */
  private descend(sets: readonly [SelectionSetNode, Path][], depth: number): void {
    const byKey = new Map<string, Selected[]>();
    const seen = new Set<string>();
    for (const [set, path] of sets) this.collect(set, path, seen, byKey);
    for (const selected of byKey.values()) {
      this.countPairs(selected);
      const { name } = (selected[0] as Selected).node;
      if (depth > this.limits.queryDepthMax) throw new QueryTooComplex("depth", this.limits.queryDepthMax);
      // Introspection counts as one level: graphql limits its depth, and the standard query of tools is deep.
      const nextDepth = name.value.startsWith("__") ? Number.NEGATIVE_INFINITY : depth + 1;
      const inner = selected.flatMap(({ node, path }): [SelectionSetNode, Path][] =>
        node.selectionSet ? [[node.selectionSet, path]] : [],
      );
      if (inner.length > 0) this.descend(inner, nextDepth);
    }
  }

  private collect(set: SelectionSetNode, path: Path, seen: Set<string>, into: Map<string, Selected[]>): void {
    for (const node of set.selections) {
      this.step(1);
      if (node.kind === Kind.INLINE_FRAGMENT) this.collect(node.selectionSet, path, seen, into);
      else if (node.kind === Kind.FRAGMENT_SPREAD) this.collectFragment(node.name.value, path, seen, into);
      else {
        const key = node.alias?.value ?? node.name.value;
        const others = into.get(key);
        if (others) others.push({ node, path });
        else into.set(key, [{ node, path }]);
      }
    }
  }

  private collectFragment(name: string, path: Path, seen: Set<string>, into: Map<string, Selected[]>): void {
    const fragment = this.fragments.get(name);
    if (!fragment || seen.has(name) || isWithin(path, name)) return;
    seen.add(name);
    this.spread.add(name);
    this.collect(fragment.selectionSet, { name, outer: path }, seen, into);
  }

  /** graphql compares each two of them, including their arguments. */
  private countPairs(selected: readonly Selected[]): void {
    let size = 0;
    for (const { node } of selected) {
      const ofArguments = sizeOf(node.arguments?.map(({ value }) => value) ?? []);
      this.step(ofArguments);
      size += 1 + ofArguments;
    }
    this.pairs += ((selected.length - 1) * size) / 2;
    if (this.pairs > this.limits.mergePairsMax)
      throw new QueryTooComplex("repeats", this.limits.mergePairsMax);
  }

  private step(count: number): void {
    this.steps += count;
    if (this.steps > this.limits.documentFieldsMax)
      throw new QueryTooComplex("fields", this.limits.documentFieldsMax);
  }
}

function isWithin(path: Path, name: string): boolean {
  for (let at = path; at; at = at.outer) if (at.name === name) return true;
  return false;
}

/** The work of comparing values: about 1 for each value and each 50 characters of text. */
function sizeOf(values: readonly ValueNode[]): number {
  let size = 0;
  for (const value of values) {
    size += 1;
    if (value.kind === Kind.STRING) size += value.value.length / 50;
    else if (value.kind === Kind.LIST) size += sizeOf(value.values);
    else if (value.kind === Kind.OBJECT) size += sizeOf(value.fields.map((field) => field.value));
  }
  return size;
}
