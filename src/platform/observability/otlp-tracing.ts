import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Context,
  DiagLogLevel,
  diag,
  INVALID_SPANID,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import type { Logger } from "pino";
import { AppError } from "../base/app-error.js";
import { currentRequest } from "./request-info.js";
import { type Attributes, type OpenSpan, type SpanOptions, type Tracer, traceWith } from "./tracing.js";

const exportTimeLimitMs = 3_000;
const sending = { scheduledDelayMillis: 1_000, exportTimeoutMillis: exportTimeLimitMs };
/** A process that stops waits so long for its last spans to be taken. */
const stopWaitMs = 1_000;

export interface OtlpOptions {
  /** The collector's base address; traces go to `/v1/traces` below it. */
  endpoint: string;
  serviceName: string;
  /** Which share of the traces is recorded, 0 to 1. */
  sampleRatio: number;
  logger: Logger;
}

/** Sends spans to an OpenTelemetry collector, as JSON over HTTP. What it answers with ends it. */
export function startOtlpTracing(options: OtlpOptions): () => Promise<void> {
  const warn = (message: string) => options.logger.warn({ reason: message }, "traces could not be sent");
  const quiet = () => {};
  diag.setLogger(
    { error: warn, warn, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint.replace(/\/+$/, "")}/v1/traces`,
    timeoutMillis: exportTimeLimitMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": options.serviceName }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...sending })],
  });
  traceWith(new OtlpTracer(provider.getTracer("skyriff")));
  return async () => {
    traceWith(null);
    const tooLate = sleep(stopWaitMs, "the last ones were not taken in time", { ref: false });
    const trouble = await Promise.race([provider.shutdown().then(() => null, String), tooLate]);
    if (trouble) warn(trouble);
    diag.disable();
  };
}

const kinds: Record<NonNullable<SpanOptions["kind"]>, SpanKind> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
};

const openSpan = new AsyncLocalStorage<Span>();

class OtlpTracer implements Tracer {
  constructor(private readonly tracer: OtelTracer) {}

  begin(name: string, { kind = "internal", attributes = {} }: SpanOptions): OpenSpan {
    return new OtlpSpan(this.tracer.startSpan(name, { kind: kinds[kind], attributes }, parentOf(kind)));
  }

  traceparent(): string | undefined {
    const context = openSpan.getStore()?.spanContext();
    return context && `00-${context.traceId}-${context.spanId}-0${context.traceFlags & 1}`;
  }
}

/** What an open span began, or what a job was made in; a request is nobody's child. */
function parentOf(kind: NonNullable<SpanOptions["kind"]>): Context {
  const around = kind === "internal" || kind === "client" ? openSpan.getStore() : undefined;
  if (around) return trace.setSpan(ROOT_CONTEXT, around);
  const kept = remoteSpan(currentRequest.getStore()?.traceparent);
  return kept ? trace.setSpanContext(ROOT_CONTEXT, kept) : ROOT_CONTEXT;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header-field-values, as we write it ourselves. */
function remoteSpan(traceparent: string | undefined): SpanContext | null {
  const [, traceId, spanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])$/.exec(traceparent ?? "") ?? [];
  if (!traceId || !spanId || spanId === INVALID_SPANID) return null;
  return { traceId, spanId, traceFlags: Number(flags), isRemote: true };
}

class OtlpSpan implements OpenSpan {
  constructor(private readonly span: Span) {}

  run<T>(work: () => T): T {
    return openSpan.run(this.span, work);
  }

  rename(name: string): void {
    this.span.updateName(name);
  }

  set(attributes: Attributes): void {
    this.span.setAttributes(attributes);
  }

  /** The kind of error alone: its message may hold what a person wrote. */
  fail(error: unknown): void {
    const type = error instanceof AppError ? error.code : error instanceof Error ? error.name : typeof error;
    this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.setAttribute("error.type", type);
  }

  end(): void {
    this.span.end();
  }
}
