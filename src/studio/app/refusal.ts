import type { CombinedError } from "urql";
import type en from "../words/en.json";

/** The codes that have words. A test compares them with the schema's ErrorCode. */
export type Code = keyof typeof en.error;

export interface Refusal {
  code: Code;
  reason: string | undefined;
  field: string | undefined;
  /** The field of the query or mutation that refused: tipWork. */
  operation: string | undefined;
  extensions: Record<string, unknown>;
}

/** The first error of an answer, as programs see it. Anything else is an error of the network. */
export function refusalOf(error: unknown): Refusal {
  const first = (error as Partial<CombinedError>).graphQLErrors?.[0];
  const extensions = (first?.extensions ?? {}) as Record<string, unknown>;
  const reason = extensions.reason as string | undefined;
  return {
    code: first ? codeOf(extensions.code, reason) : "NETWORK",
    reason,
    field: extensions.field as string | undefined,
    operation: first?.path?.[0]?.toString(),
    extensions,
  };
}

/** A server that runs the documents of its manifest alone does not have those of an older page any more. */
function codeOf(code: unknown, reason: string | undefined): Code {
  if (code === "FORBIDDEN" && reason === "UNTRUSTED_DOCUMENT") return "GRAPHQL_VALIDATION_FAILED";
  return (code ?? "INTERNAL_SERVER_ERROR") as Code;
}
