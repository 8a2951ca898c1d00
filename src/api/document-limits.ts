import {
  type ASTVisitor,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from "graphql";
import { QueryTooComplex } from "./api.errors.js";
import type { ApiLimits } from "./limits.js";

/** What a document must keep besides the rules of the GraphQL specification, over HTTP and WebSocket alike. */
export function documentRules(limits: ApiLimits, introspection: boolean): ValidationRule[] {
  return [sizeRule(limits), ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
}

function sizeRule(limits: ApiLimits): ValidationRule {
  return (context: ValidationContext): ASTVisitor => {
    const refuse = (limit: QueryTooComplex["limit"], max: number) =>
      context.reportError(tooComplex(new QueryTooComplex(limit, max)));
    let aliases = 0;
    let directives = 0;
    return {
      Field: (node) => {
        if (node.alias) aliases += 1;
      },
      Directive: () => {
        directives += 1;
      },
      Document: {
        leave: () => {
          if (aliases > limits.aliasesMax) refuse("aliases", limits.aliasesMax);
          if (directives > limits.directivesMax) refuse("directives", limits.directivesMax);
        },
      },
      OperationDefinition: (node) => {
        if (depthOf(node.selectionSet, context) > limits.queryDepthMax) refuse("depth", limits.queryDepthMax);
      },
    };
  };
}

export function tooComplex(error: QueryTooComplex): GraphQLError {
  return new GraphQLError(error.message, { originalError: error, extensions: { http: { status: 400 } } });
}

/**
 * Levels of fields below a selection set; fragments add none. Introspection counts as one, since
 * graphql's own rules bound it and the tools' standard query is deep. Each fragment is measured once,
 * so the time is linear in the document; a cycle, which another rule reports, counts as nothing.
 */
function depthOf(root: SelectionSetNode, context: ValidationContext): number {
  const measured = new Map<FragmentDefinitionNode, number>();
  const fragmentDepth = (name: string): number => {
    const fragment = context.getFragment(name);
    if (!fragment) return 0;
    if (!measured.has(fragment)) {
      measured.set(fragment, 0);
      measured.set(fragment, below(fragment.selectionSet));
    }
    return measured.get(fragment) ?? 0;
  };
  const below = (set: SelectionSetNode | undefined): number => {
    let deepest = 0;
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) deepest = Math.max(deepest, fragmentDepth(node.name.value));
      else if (node.kind === Kind.INLINE_FRAGMENT) deepest = Math.max(deepest, below(node.selectionSet));
      else if (node.name.value.startsWith("__")) deepest = Math.max(deepest, 1);
      else deepest = Math.max(deepest, 1 + below(node.selectionSet));
    }
    return deepest;
  };
  return below(root);
}
