import type { GraphQLSchema } from "graphql";
import { type KnownOperation, KnownOperations } from "../../src/api/compiled/known-operations.js";
import { DocumentSource } from "../../src/api/document-source.js";
import type { ApiLimits } from "../../src/api/limits.js";
import { newRequestScope } from "../../src/api/request-scope.js";
import { OperationChecks } from "../../src/api/sockets/prepare-operation.js";
import type { TrustedDocuments } from "../../src/api/trusted-documents.js";

/*
 * What comes for the first time is run by Apollo Server and graphql, what comes often in compiled form.
 * Tests ask most things once; with this, each document is compiled when it first comes, and the same
 * tests go the other way.
 */

interface Inside {
  schema: GraphQLSchema;
  limits: ApiLimits;
}

/** More than it takes until a document is compiled. */
const uses = 5;
const find = KnownOperations.prototype.find;

KnownOperations.prototype.find = function (text, operationName) {
  const known = find.call(this, text, operationName);
  if (known) return known;
  admit(this, text, operationName);
  let found: KnownOperation | null = null;
  for (let n = 0; n < uses; n++) found = find.call(this, text, operationName);
  return found;
};

/** Whatever is refused goes the usual way and is told so there; whether introspection is, only that way knows. */
function admit(operations: KnownOperations, text: string, operationName: string | null | undefined): void {
  if (/__(schema|type\b)/.test(text)) return;
  const { schema, limits } = operations as unknown as Inside;
  const source = new DocumentSource({ documents: {} as TrustedDocuments, only: false }, limits);
  const unknown = {
    find: () => null,
    remember: operations.remember.bind(operations),
  } as unknown as KnownOperations;
  try {
    const checks = new OperationChecks(schema, source, unknown, limits, true);
    checks.prepare({ query: text, operationName }, newRequestScope("", "en"));
  } catch {
    // Refused, or remembered before its variables were looked at, which the usual way does again.
  }
}
