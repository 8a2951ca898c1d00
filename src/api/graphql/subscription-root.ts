import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
} from "graphql";

const conditions = new Set(["skip", "include"]);

/**
 * Each @skip and @include of a subscription's root field, also of a fragment that it is in
 * (https://spec.graphql.org/September2025/#sec-Single-Root-Field). A field that is skipped would leave
 * nothing to subscribe to.
 */
export function conditionsOnSubscriptions({ definitions }: DocumentNode): DirectiveNode[] {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of definitions)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
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
  for (const node of definitions) {
    const isOperation = node.kind === Kind.OPERATION_DEFINITION;
    if (isOperation && node.operation === OperationTypeNode.SUBSCRIPTION) search(node.selectionSet);
  }
  return found;
}
