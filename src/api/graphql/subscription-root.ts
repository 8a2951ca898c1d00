import {
  type DirectiveNode,
  type DocumentNode,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
} from "graphql";
import { fragmentsOf } from "./fragments.js";

const conditions = new Set(["skip", "include"]);

/**
 * Each @skip and @include on a subscription's root field and on the fragments around it
 * (https://spec.graphql.org/September2025/#sec-Single-Root-Field). Skipping that field would leave nothing
 * to subscribe to.
 */
export function conditionsOnSubscriptions(document: DocumentNode): DirectiveNode[] {
  const fragments = fragmentsOf(document);
  const found: DirectiveNode[] = [];
  const seen = new Set<SelectionSetNode>();
  const search = (set: SelectionSetNode | undefined) => {
    if (!set || seen.has(set)) return;
    seen.add(set);
    for (const node of set.selections) {
      found.push(...(node.directives ?? []).filter(({ name }) => conditions.has(name.value)));
      if (node.kind === Kind.INLINE_FRAGMENT) search(node.selectionSet);
      if (node.kind === Kind.FRAGMENT_SPREAD) search(fragments.get(node.name.value)?.selectionSet);
    }
  };
  for (const node of document.definitions) {
    const isOperation = node.kind === Kind.OPERATION_DEFINITION;
    if (isOperation && node.operation === OperationTypeNode.SUBSCRIPTION) search(node.selectionSet);
  }
  return found;
}
