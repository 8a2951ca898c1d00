import { randomUUID } from "node:crypto";
import { type ExecutionResult, GraphQLError, type GraphQLFormattedError } from "graphql";
import type { Logger } from "pino";
import { OverloadedError } from "../../platform/async/overloaded-error.js";
import { AppError, type ErrorCode } from "../../platform/base/app-error.js";
import type { LocalizedText } from "../../platform/base/language.js";
import { isDatabaseUnavailable } from "../../platform/db/index.js";
import { errorForLog } from "../../platform/observability/error-for-log.js";
import {
  currentRequest,
  newRequestInfo,
  type RequestInfo,
} from "../../platform/observability/request-info.js";
import { StorageUnavailable } from "../../platform/storage/storage.js";
import { QueryTooComplex } from "../api.errors.js";
import { refusedField } from "../graphql/refused-field.js";
import { apiLimits } from "../limits.js";
import { inChinese } from "./chinese-messages.js";
import { isTooDeepToParse, originalErrorOf, toErrorCode } from "./graphql-errors.js";

/** The part of an error that clients see. */
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
/** At both ends of a message, for the words around a quoted value. */
const messageEndsLength = 2_000;

/**
 * Converts errors for clients, over HTTP and WebSocket: a code of the contract, a message in the request's
 * language, and facts. An error that is neither an AppError nor a client's mistake in GraphQL is masked, and
 * logged with the id that the client gets.
 */
export class ErrorFormatter {
  constructor(
    private readonly logger: Logger,
    /** Whether messages may suggest names of the schema ("Did you mean …?"). */
    private readonly suggestions: boolean,
  ) {}

  /** `info` is by default that of the HTTP request that is being served. */
  format(error: unknown, info = currentRequest.getStore() ?? newRequestInfo("")): GraphQLFormattedError {
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

  formatResult({ errors, ...result }: ExecutionResult, info?: RequestInfo) {
    return errors ? { errors: errors.map((error) => this.format(error, info)), ...result } : result;
  }

  private publicError(error: unknown, info: RequestInfo): PublicError | null {
    const cause = isTooDeepToParse(error)
      ? new QueryTooComplex("depth", apiLimits.queryDepthMax)
      : originalErrorOf(error);
    if (cause instanceof AppError) {
      return { code: cause.code, message: cause.text[info.language], facts: cause.facts };
    }
    if (!(error instanceof GraphQLError)) return null;
    const code = toErrorCode(error);
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
    const err = errorForLog(originalErrorOf(error));
    this.logger.error({ errorId, requestId, operation, err }, `masked: ${err.message}`);
    const tryAgain = isUnavailable(originalErrorOf(error));
    if (tryAgain) info.retryAfterMs = unavailableRetryMs;
    return {
      code: "INTERNAL_SERVER_ERROR",
      message: (tryAgain ? unavailableText : maskedText)[info.language],
      facts: { errorId, ...(tryAgain && { retryAfterMs: unavailableRetryMs }) },
    };
  }
}

/** Bounds the work of the patterns: graphql quotes whole values, which can be as long as a request. */
function withoutMiddle(message: string): string {
  if (message.length <= 2 * messageEndsLength) return message;
  return `${message.slice(0, messageEndsLength)}…${message.slice(-messageEndsLength)}`;
}

/** graphql quotes an invalid value whole, once per mistake in it. */
function shortened(message: string): string {
  return message.length <= messageLengthMax ? message : `${message.slice(0, messageLengthMax)}…`;
}

/** Whether a dependency is unavailable, so that the same call may succeed soon. */
function isUnavailable(origin: unknown): boolean {
  return (
    origin instanceof StorageUnavailable || origin instanceof OverloadedError || isDatabaseUnavailable(origin)
  );
}
