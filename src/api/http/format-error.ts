import { randomUUID } from "node:crypto";
import { type ASTNode, GraphQLError, type GraphQLFormattedError, Kind } from "graphql";
import type { Logger } from "pino";
import { OverloadedError } from "../../platform/async/overloaded-error.js";
import { AppError, type ErrorCode, errorCodes } from "../../platform/base/app-error.js";
import type { LocalizedText } from "../../platform/base/language.js";
import { isDatabaseUnavailable } from "../../platform/db/index.js";
import { errorForLog } from "../../platform/observability/error-for-log.js";
import type { RequestInfo } from "../../platform/observability/request-info.js";
import { StorageUnavailable } from "../../platform/storage/storage.js";
import { QueryTooComplex } from "../api.errors.js";
import { refusedField } from "../graphql/refused-field.js";
import { apiLimits } from "../limits.js";
import { inChinese } from "./chinese-messages.js";

/** What a client may know of an error. */
interface PublicError {
  code: ErrorCode;
  message: string;
  facts?: Readonly<Record<string, unknown>>;
}

const maskedText: LocalizedText = {
  en: "Something went wrong on our side.",
  zh: "服务器出了点问题，请稍后再试。",
};

const unavailableText: LocalizedText = {
  en: "We cannot answer right now. Please try again in a moment.",
  zh: "服务暂时不可用，请稍后再试。",
};
const unavailableRetryMs = 2_000;

const messageLengthMax = 500;
/** At both ends of a message: enough for the words around a quoted value. */
const messageEndsLength = 2_000;

/** Apollo's codes that the contract does not have. */
const foreignCodes: Record<string, ErrorCode> = {
  OPERATION_RESOLUTION_FAILURE: "BAD_REQUEST",
  PERSISTED_QUERY_NOT_SUPPORTED: "BAD_REQUEST",
};

const contractCodes: ReadonlySet<unknown> = new Set(errorCodes);

/**
 * The one place where an error becomes what a client is told, over HTTP and WebSocket alike: a code
 * of the contract, a message in the request's language, and facts. Whatever is neither an AppError
 * nor the client's own mistake in GraphQL is a bug or a breakdown: it is masked, and logged with the
 * id that the client gets too.
 */
export class ErrorFormatter {
  constructor(
    private readonly logger: Logger,
    /** Whether messages may name fields and types that were not asked for. */
    private readonly suggestions: boolean,
  ) {}

  format(error: unknown, info: RequestInfo): GraphQLFormattedError {
    const { code, message, facts } = this.publicError(error, info) ?? this.mask(error, info);
    info.errorCode ??= code;
    const { locations, path } = error instanceof GraphQLError ? error.toJSON() : {};
    return {
      message,
      ...(locations ? { locations } : {}),
      ...(path ? { path } : {}),
      extensions: { ...facts, code },
    };
  }

  private publicError(error: unknown, info: RequestInfo): PublicError | null {
    const cause = isTooDeepToParse(error)
      ? new QueryTooComplex("depth", apiLimits.queryDepthMax)
      : originOf(error);
    if (cause instanceof AppError) {
      return { code: cause.code, message: cause.text[info.language], facts: cause.facts };
    }
    if (!(error instanceof GraphQLError)) return null;
    const code = ownCode(error) ?? (isInputMistake(error) ? "BAD_USER_INPUT" : null);
    if (!code) return null;
    const said = withoutMiddle(error.message);
    const field = refusedField(error, said);
    const message = info.language === "zh" ? inChinese(code, said) : this.withoutSuggestions(said);
    return { code, message: shortened(message), facts: field === null ? {} : { field } };
  }

  private withoutSuggestions(message: string): string {
    return this.suggestions ? message : message.replace(/ ?Did you mean .*\?/s, "");
  }

  private mask(error: unknown, info: RequestInfo): PublicError {
    const errorId = randomUUID();
    const { requestId, operation } = info;
    const err = errorForLog(originOf(error));
    this.logger.error({ errorId, requestId, operation, err }, `masked: ${err.message}`);
    const tryAgain = isUnavailable(originOf(error));
    if (tryAgain) info.retryAfterMs = unavailableRetryMs;
    return {
      code: "INTERNAL_SERVER_ERROR",
      message: (tryAgain ? unavailableText : maskedText)[info.language],
      facts: { errorId, ...(tryAgain && { retryAfterMs: unavailableRetryMs }) },
    };
  }
}

/** The bound for our patterns: graphql quotes a value whole, which can be as long as a request. */
function withoutMiddle(message: string): string {
  if (message.length <= 2 * messageEndsLength) return message;
  return `${message.slice(0, messageEndsLength)}…${message.slice(-messageEndsLength)}`;
}

/** graphql quotes the value that it finds wrong, whole and once for everything that is wrong with it. */
function shortened(message: string): string {
  return message.length <= messageLengthMax ? message : `${message.slice(0, messageLengthMax)}…`;
}

/** The error that was thrown first, below the wrappings of graphql and Apollo. */
function originOf(error: unknown): unknown {
  let origin = error;
  while (origin instanceof GraphQLError && origin.originalError) origin = origin.originalError;
  return origin;
}

/** graphql's parser goes as deep as the document. Where the stack ends before the tokens do, it says only this. */
function isTooDeepToParse(error: unknown): boolean {
  if (!(error instanceof GraphQLError) || error.extensions.code !== "GRAPHQL_PARSE_FAILED") return false;
  return error.message === "Maximum call stack size exceeded";
}

/** A code that graphql's or Apollo's own refusal carries; a masked error has none of these. */
function ownCode(error: GraphQLError): ErrorCode | null {
  const code = error.extensions?.code;
  if (code === "INTERNAL_SERVER_ERROR") return null;
  if (/^Syntax Error: Document contains more tha[nt] \d+ tokens/.test(error.message))
    return "QUERY_TOO_COMPLEX";
  if (contractCodes.has(code)) return code as ErrorCode;
  return foreignCodes[String(code)] ?? null;
}

/**
 * Whether graphql itself found an argument's or a variable's value wanting, while executing. It says
 * so in an error that points at that value, or in compiled form has no origin; a resolver's error has one
 * and points at its field, and what our scalars throw when they write an answer points at nothing.
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

/** Whether what we stand on gives no answer: the same call may go well soon. */
function isUnavailable(origin: unknown): boolean {
  return (
    origin instanceof StorageUnavailable || origin instanceof OverloadedError || isDatabaseUnavailable(origin)
  );
}
