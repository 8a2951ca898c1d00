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

/** The rules for documents besides those of the GraphQL specification, for HTTP and WebSocket. */
export function documentRules(limits: ApiLimits, introspection: boolean): ValidationRule[] {
  return [wholeDocumentRule(limits), ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
}

/** For graphql's `validate`: few errors, and no suggestions if introspection is off. */
export function validationOptions(introspection: boolean): { maxErrors: number; hideSuggestions: boolean } {
  return { maxErrors: 20, hideSuggestions: !introspection };
}

/**
 * Checks the whole document before the other rules run. They get a rejected document without its
 * definitions, because some of them take quadratic time, and graphql's rule for subscriptions throws at a
 * condition that depends on a variable.
 */
function wholeDocumentRule(limits: ApiLimits): ValidationRule {
  return (context: ValidationContext): ASTVisitor => ({
    Document: {
      enter: (document) => {
        const error = findError(document, limits);
        if (!error) return undefined;
        context.reportError(error);
        return { ...document, definitions: [] };
      },
    },
  });
}

function findError(document: DocumentNode, limits: ApiLimits): GraphQLError | null {
  const excess =
    DocumentComplexity.findExceededLimit(document, limits) ?? findExceededCount(document, limits);
  if (excess) return asRefusal(excess);
  const nodes = conditionsOnSubscriptions(document);
  if (nodes.length === 0) return null;
  return new GraphQLError("The root field of a subscription takes no @skip and no @include.", { nodes });
}

function findExceededCount(document: DocumentNode, limits: ApiLimits): QueryTooComplex | null {
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

/** Wraps an error so that graphql and Apollo pass it on, with status 400. */
export function asRefusal(error: AppError): GraphQLError {
  return new GraphQLError(error.message, { originalError: error, extensions: { http: { status: 400 } } });
}
