import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  type ValidationContext,
  type ValidationRule,
  visit,
} from "graphql";
import type { AppError } from "../../../platform/base/app-error.js";
import { QueryTooComplex } from "../../api.errors.js";
import type { ApiLimits } from "../../limits.js";
import { conditionsOnSubscriptions } from "../subscription-root.js";
import { DocumentComplexity } from "./document-complexity.js";

/** What a document must keep besides the rules of the GraphQL specification, over HTTP and WebSocket alike. */
export function documentRules(limits: ApiLimits, introspection: boolean): ValidationRule[] {
  return [wholeDocumentRule(limits), ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
}

/** For graphql's `validate`: no more errors than a person reads, and no hints at what is hidden. */
export function validationOptions(introspection: boolean): { maxErrors: number; hideSuggestions: boolean } {
  return { maxErrors: 20, hideSuggestions: !introspection };
}

/**
 * Looks at the document as a whole before any rule has looked inside. A document that is refused goes on
 * without its definitions: some of the other rules take time in the square of its size, and graphql's rule
 * for subscriptions throws at a condition that depends on a variable.
 */
function wholeDocumentRule(limits: ApiLimits): ValidationRule {
  return (context: ValidationContext): ASTVisitor => ({
    Document: {
      enter: (document) => {
        const refusal = refusalOf(document, limits);
        if (!refusal) return undefined;
        context.reportError(refusal);
        return { ...document, definitions: [] };
      },
    },
  });
}

function refusalOf(document: DocumentNode, limits: ApiLimits): GraphQLError | null {
  const excess = DocumentComplexity.findExceededLimit(document, limits) ?? excessOfParts(document, limits);
  if (excess) return asRefusal(excess);
  const nodes = conditionsOnSubscriptions(document);
  if (nodes.length === 0) return null;
  return new GraphQLError("The root field of a subscription takes no @skip and no @include.", { nodes });
}

function excessOfParts(document: DocumentNode, limits: ApiLimits): QueryTooComplex | null {
  let aliases = 0;
  let directives = 0;
  visit(document, {
    Field: (node) => {
      if (node.alias) aliases += 1;
    },
    Directive: () => {
      directives += 1;
    },
  });
  if (aliases > limits.aliasesMax) return new QueryTooComplex("aliases", limits.aliasesMax);
  if (directives > limits.directivesMax) return new QueryTooComplex("directives", limits.directivesMax);
  return null;
}

/** As a refusal of the document, which graphql's and Apollo's ways of telling errors keep. */
export function asRefusal(error: AppError): GraphQLError {
  return new GraphQLError(error.message, { originalError: error, extensions: { http: { status: 400 } } });
}
