import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionSetNode } from "graphql";

type Fragments = GraphQLResolveInfo["fragments"];

/** The fields that a document requests of objects. @skip and @include are ignored. */
export class RequestedFields {
  private readonly selections = new Map<string, SelectionSetNode[]>();
  private readonly children = new Map<string, RequestedFields>();

  /** `fragments` are the document's. */
  constructor(
    selections: readonly SelectionSetNode[],
    private readonly fragments: Fragments,
  ) {
    for (const { name, selectionSet } of selections.flatMap((each) => [...fieldsIn(each, fragments)])) {
      const already = this.selections.get(name.value) ?? [];
      this.selections.set(name.value, selectionSet ? [...already, selectionSet] : already);
    }
  }

  get names(): Iterable<string> {
    return this.selections.keys();
  }

  has(name: string): boolean {
    return this.selections.has(name);
  }

  /** The fields requested of the objects in this field. */
  within(name: string): RequestedFields {
    const child =
      this.children.get(name) ?? new RequestedFields(this.selections.get(name) ?? [], this.fragments);
    this.children.set(name, child);
    return child;
  }

  /** The fields requested of the nodes, if these are the fields of a connection. */
  ofNodes(): RequestedFields {
    const edges = this.within("edges").selections.get("node") ?? [];
    return new RequestedFields([...(this.selections.get("nodes") ?? []), ...edges], this.fragments);
  }
}

/** For lists of ids. */
export const noFields = new RequestedFields([], {});

/** Documents are cached, so their selection sets are keys of this cache. */
const cachedFields = new WeakMap<SelectionSetNode, RequestedFields>();

/** The fields requested of the nodes of the connection that is being resolved. */
export function requestedNodeFields({ fieldNodes, fragments }: GraphQLResolveInfo): RequestedFields {
  const selections = fieldNodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const [first] = selections;
  const found = first && selections.length === 1 ? cachedFields.get(first) : undefined;
  if (found) return found;
  const fields = new RequestedFields(selections, fragments).ofNodes();
  if (first && selections.length === 1) cachedFields.set(first, fields);
  return fields;
}

function* fieldsIn(selection: SelectionSetNode, fragments: Fragments): Iterable<FieldNode> {
  for (const each of selection.selections) {
    if (each.kind === Kind.FIELD) yield each;
    else if (each.kind === Kind.INLINE_FRAGMENT) yield* fieldsIn(each.selectionSet, fragments);
    else {
      const fragment = fragments[each.name.value];
      if (fragment) yield* fieldsIn(fragment.selectionSet, fragments);
    }
  }
}
