// A plugin for GraphQL Code Generator: every operation with the fragments that it needs, under the
// SHA-256 of exactly that text. What the server runs with TRUSTED_DOCUMENTS=only.
import { createHash } from "node:crypto";
import { Kind, print, visit } from "graphql";

export function plugin(_schema, files) {
  const definitions = files.flatMap(({ document }) => document.definitions);
  const fragments = new Map(
    definitions
      .filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION)
      .map((node) => [node.name.value, node]),
  );
  const texts = definitions
    .filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
    .sort((a, b) => (a.name.value < b.name.value ? -1 : 1))
    .map((operation) =>
      print({ kind: Kind.DOCUMENT, definitions: [operation, ...spreadIn(operation, fragments)] }),
    );
  const byHash = texts.map((text) => [createHash("sha256").update(text).digest("hex"), text]);
  return `${JSON.stringify(Object.fromEntries(byHash), null, 2)}\n`;
}

/** The fragments below a node, each once, in the order in which they are met. */
function spreadIn(node, fragments, found = new Set()) {
  visit(node, {
    FragmentSpread: ({ name }) => {
      const fragment = fragments.get(name.value);
      if (found.has(fragment)) return;
      found.add(fragment);
      spreadIn(fragment, fragments, found);
    },
  });
  return [...found];
}
