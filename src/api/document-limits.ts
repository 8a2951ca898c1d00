import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  type ValidationContext,
  type ValidationRule,
  visit,
} from "graphql";
import type { AppError } from "../platform/app-error.js";
import { QueryTooComplex } from "./api.errors.js";
import { DocumentSize } from "./document-size.js";
import type { ApiLimits } from "./limits.js";

/** What a document must keep besides the rules of the GraphQL specification, over HTTP and WebSocket alike. */
export function documentRules(limits: ApiLimits, introspection: boolean): ValidationRule[] {
  return [sizeRule(limits), ...(introspection ? [] : [NoSchemaIntrospectionCustomRule])];
}

/** For graphql's `validate`: no more errors than a person reads, and no hints at what is hidden. */
export function validationOptions(introspection: boolean): { maxErrors: number; hideSuggestions: boolean } {
  return { maxErrors: 20, hideSuggestions: !introspection };
}

/**
 * Measures the document before any rule has looked inside. A document that is too large goes on without
 * its definitions, so that the other rules, some of which take time in the square of its size, find
 * nothing to do.
 */
function sizeRule(limits: ApiLimits): ValidationRule {
  return (context: ValidationContext): ASTVisitor => ({
    Document: {
      enter: (document) => {
        const excess = DocumentSize.excessOf(document, limits) ?? excessOfParts(document, limits);
        if (!excess) return undefined;
        context.reportError(asRefusal(excess));
        return { ...document, definitions: [] };
      },
    },
  });
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
