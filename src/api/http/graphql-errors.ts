import { type ASTNode, GraphQLError, Kind } from "graphql";
import { type ErrorCode, errorCodes } from "../../platform/base/app-error.js";

/** The contract's codes for Apollo's own. */
const foreignCodes: Record<string, ErrorCode> = {
  OPERATION_RESOLUTION_FAILURE: "BAD_REQUEST",
  PERSISTED_QUERY_NOT_SUPPORTED: "BAD_REQUEST",
};

const contractCodes: ReadonlySet<unknown> = new Set(errorCodes);

/** The error that was thrown first, without the wrappers of graphql and Apollo. */
export function originalErrorOf(error: unknown): unknown {
  let origin = error;
  while (origin instanceof GraphQLError && origin.originalError) origin = origin.originalError;
  return origin;
}

/** graphql's parser recurses as deep as the document nests. If the stack overflows, this is its whole message. */
export function isTooDeepToParse(error: unknown): boolean {
  if (!(error instanceof GraphQLError) || error.extensions.code !== "GRAPHQL_PARSE_FAILED") return false;
  return error.message === "Maximum call stack size exceeded";
}

/** The contract's code for an error of graphql or Apollo. Null for an error of our own code. */
export function toErrorCode(error: GraphQLError): ErrorCode | null {
  return ownCode(error) ?? (isInputMistake(error) ? "BAD_USER_INPUT" : null);
}

function ownCode(error: GraphQLError): ErrorCode | null {
  const code = error.extensions?.code;
  if (code === "INTERNAL_SERVER_ERROR") return null;
  if (/^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(error.message))
    return "QUERY_TOO_COMPLEX";
  if (contractCodes.has(code)) return code as ErrorCode;
  return foreignCodes[String(code)] ?? null;
}

/**
 * Whether graphql found the value of an argument or variable invalid while executing. Its error points at
 * that value, or has no original error in compiled form. A resolver's error has one and points at its field.
 * An error of our scalars in serializing points at nothing.
 */
function isInputMistake(error: unknown): boolean {
  for (let e = error; e instanceof GraphQLError; e = e.originalError) {
    if (/^Argument "\w+" of (non-null|required) type "/.test(e.message) && !e.originalError) return true;
    if (/^(Variable|Argument) "/.test(e.message) && e.nodes?.some(isValue)) return true;
    if (/^Too many errors processing variables/.test(e.message)) return true;
  }
  return false;
}

function isValue({ kind }: ASTNode): boolean {
  return kind === Kind.VARIABLE_DEFINITION || kind === Kind.VARIABLE || kind.endsWith("Value");
}
