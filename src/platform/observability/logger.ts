import { type DestinationStream, type Logger, pino } from "pino";
import { errorForLog } from "./error-for-log.js";
import { currentRequest } from "./request-info.js";
import { currentTraceparent } from "./tracing.js";

/** Redacted down to the third level of a log object. */
const redactedFields = [
  "authorization",
  "accessToken",
  "refreshToken",
  "code",
  "token",
  "password",
  "secret",
  "apiKey",
  "downloadUrl",
];

/** "+8613800138000" → "+86138****8000": users can recognize their number, but it cannot be called. */
export function maskPhone(phone: string): string {
  return phone.length < 9 ? "****" : `${phone.slice(0, -8)}****${phone.slice(-4)}`;
}

/**
 * One line per event: formatted text for a terminal, else JSON, with the id of the current request.
 * Secrets are redacted and phone numbers are masked.
 */
export async function createLogger(options: {
  level: string;
  pretty: boolean;
  destination?: DestinationStream;
}): Promise<Logger> {
  const settings = {
    level: options.level,
    base: null,
    timestamp: isoTime,
    redact: { paths: redactedFields.flatMap((f) => [f, `*.${f}`, `*.*.${f}`]), censor: "[redacted]" },
    formatters: { level: (label: string) => ({ level: label }) },
    mixin: requestFields,
    serializers: { err: errorForLog, phone: (phone: unknown) => maskPhone(String(phone)) },
  };
  if (!options.pretty) return pino(settings, options.destination ?? bufferedOutput());
  const { default: pretty } = await import("pino-pretty");
  const stream = pretty({
    colorize: true,
    translateTime: "SYS:HH:MM:ss",
    ignore: "pid,hostname",
    singleLine: true,
    sync: true,
  });
  return pino({ ...settings, formatters: {} }, stream);
}

/** One write per 4 KB or 100 ms. The rest is written when the process exits. */
function bufferedOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, minLength: 4_096, periodicFlush: 100 });
  process.on("exit", () => output.flushSync());
  return output;
}

let cachedMs = 0;
let cachedText = "";

/** Like `pino.stdTimeFunctions.isoTime`, but the lines of one millisecond share the text. */
function isoTime(): string {
  const nowMs = Date.now();
  if (nowMs !== cachedMs) cachedText = `,"time":"${new Date(nowMs).toISOString()}"`;
  cachedMs = nowMs;
  return cachedText;
}

function requestFields(): object {
  const request = currentRequest.getStore();
  if (!request) return {};
  const { requestId, traceparent = currentTraceparent() } = request;
  return traceparent ? { requestId, traceId: traceparent.slice(3, 35) } : { requestId };
}
