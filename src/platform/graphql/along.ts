import {
  type FieldNode,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from "graphql";

/** Fields' values that were read along with the object whose fields they are. */
export type Along = Readonly<Record<string, object | null>>;

/** Fields whose values came along are answered by them, and their resolvers not asked. */
export function answerFromAlong(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.getInterfaces().length === 0) continue;
    for (const [name, field] of Object.entries(type.getFields())) {
      const { resolve, args } = field;
      if (!resolve || args.length > 0) continue;
      field.resolve = (root: { along?: Along | null }, given, context, info) => {
        const ready = root.along?.[name];
        return ready === undefined ? resolve(root, given, context, info) : ready;
      };
    }
  }
}

const known = new WeakMap<SelectionSetNode, ReadonlySet<string>>();

/** What the nodes of a connection are asked for, whatever @skip and @include say. */
export function fieldsOfNodes({ fieldNodes, fragments }: GraphQLResolveInfo): ReadonlySet<string> {
  const [first, ...rest] = fieldNodes;
  const fields = first?.selectionSet ? fieldsOfConnection(first.selectionSet, fragments) : none;
  if (rest.length === 0) return fields;
  const others = rest.map(({ selectionSet }) => selectionSet && fieldsOfConnection(selectionSet, fragments));
  return new Set([fields, ...others].flatMap((each) => [...(each ?? none)]));
}

const none: ReadonlySet<string> = new Set();

type Fragments = GraphQLResolveInfo["fragments"];

function fieldsOfConnection(selection: SelectionSetNode, fragments: Fragments): ReadonlySet<string> {
  let fields = known.get(selection);
  if (!fields) {
    const nodes = [
      ...selectionsOf(selection, "nodes", fragments),
      ...selectionsOf(selection, "edges", fragments).flatMap((edge) => selectionsOf(edge, "node", fragments)),
    ];
    fields = new Set(
      nodes.flatMap((node) => [...fieldsIn(node, fragments)].map((field) => field.name.value)),
    );
    known.set(selection, fields);
  }
  return fields;
}

function selectionsOf(selection: SelectionSetNode, name: string, fragments: Fragments): SelectionSetNode[] {
  return [...fieldsIn(selection, fragments)].flatMap((field) =>
    field.name.value === name && field.selectionSet ? [field.selectionSet] : [],
  );
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
