import { type DestinationStream, type Logger, pino } from "pino";
import { errorForLog } from "./error-for-log.js";
import { currentRequest } from "./request-info.js";
import { currentTraceparent } from "./tracing.js";

/** Fields that are never written out, wherever in a log object they stand. */
const secretFields = [
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

/** "+8613800138000" → "+86138****8000": enough to recognize one's own, too little to call. */
export function maskPhone(phone: string): string {
  return phone.length < 9 ? "****" : `${phone.slice(0, -8)}****${phone.slice(-4)}`;
}

/**
 * One event a line: readable in a terminal, JSON otherwise, with the id of the request that it is
 * done for. Secrets are cut out, phone numbers are masked.
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
    redact: { paths: secretFields.flatMap((f) => [f, `*.${f}`, `*.*.${f}`]), censor: "[redacted]" },
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

/** One write for 4 KB of lines, or for the lines of 100 ms. Each exit writes the rest. */
function bufferedOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, minLength: 4_096, periodicFlush: 100 });
  process.on("exit", () => output.flushSync());
  return output;
}

let writtenMs = 0;
let written = "";

/** Pino's own, but a millisecond's text is written once for all of its lines. */
function isoTime(): string {
  const nowMs = Date.now();
  if (nowMs !== writtenMs) written = `,"time":"${new Date(nowMs).toISOString()}"`;
  writtenMs = nowMs;
  return written;
}

function requestFields(): object {
  const request = currentRequest.getStore();
  if (!request) return {};
  const { requestId, traceparent = currentTraceparent() } = request;
  return traceparent ? { requestId, traceId: traceparent.slice(3, 35) } : { requestId };
}
