import { type ASTNode, type GraphQLError, Kind, type Token, TokenKind } from "graphql";

/**
 * The argument whose value graphql rejected, named as in BAD_USER_INPUT of resolvers: `phone`,
 * `tasks.2.prompt`. Null for other errors. `message` is the error's, with long values cut.
 */
export function refusedField(error: GraphQLError, message: string): string | null {
  const [, argument] = /^Argument "(\w+)" /.exec(message) ?? [];
  if (argument) return argument;
  const node = error.nodes?.[0];
  const missing = missingField(message);
  if (node?.kind === Kind.VARIABLE_DEFINITION) {
    const path = [...pathInVariable(message), ...missing];
    const isList = /^\d+$/.test(path[0] ?? "");
    if (path.length > 0 && !isList) return path.join(".");
    return [fieldUsing(node.variable.name.value, node.loc?.endToken), ...path].join(".");
  }
  return missing[0] ?? (isValue(node) ? fieldBefore(node?.loc?.startToken) : null);
}

/** `Variable "$input" got invalid value 1 at "input.tasks[2].prompt"; …` gives tasks, 2, prompt. */
function pathInVariable(message: string): string[] {
  const [, path = ""] = / at "\w+([\w.[\]]+)"; /.exec(message) ?? [];
  return path.split(/[.[\]]+/).filter((key) => key !== "");
}

function missingField(message: string): string[] {
  const [, name] =
    /Field "(?:\w+\.)?(\w+)" (?:of required type .* was not provided|is not defined by type)/.exec(message) ??
    [];
  return name ? [name] : [];
}

function isValue(node: ASTNode | undefined): boolean {
  return node !== undefined && (node.kind === Kind.VARIABLE || node.kind.endsWith("Value"));
}

/** The first field or argument after `from` that uses this variable, else the variable's name. */
function fieldUsing(variable: string, from: Token | undefined): string {
  for (let token = from; token; token = token.next ?? undefined) {
    if (token.kind !== TokenKind.DOLLAR || token.next?.value !== variable) continue;
    const field = fieldBefore(token);
    if (field) return field;
  }
  return variable;
}

/** `phone` for the first token of the value in `phone: "1"` and in `phone: ["1"`. */
function fieldBefore(value: Token | undefined): string | null {
  let token = value?.prev;
  while (token?.kind === TokenKind.BRACKET_L) token = token.prev;
  return token?.kind === TokenKind.COLON ? (token.prev?.value ?? null) : null;
}
