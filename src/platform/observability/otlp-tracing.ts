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
import { type Attributes, type OpenSpan, type SpanOptions, setTracer, type Tracer } from "./tracing.js";

const exportTimeoutMs = 3_000;
const batching = { scheduledDelayMillis: 1_000, exportTimeoutMillis: exportTimeoutMs };
/** How long a stopping process waits for the export of its last spans. */
const shutdownTimeoutMs = 1_000;

export interface OtlpOptions {
  /** The collector's base URL, without `/v1/traces`. */
  endpoint: string;
  serviceName: string;
  /** Share of the traces that is recorded, 0 to 1. */
  sampleRatio: number;
  logger: Logger;
}

/** Exports spans to an OpenTelemetry collector, as JSON over HTTP. Returns a function that stops it. */
export function startOtlpTracing(options: OtlpOptions): () => Promise<void> {
  const warn = (message: string) => options.logger.warn({ reason: message }, "could not export traces");
  const ignore = () => {};
  diag.setLogger(
    { error: warn, warn, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint.replace(/\/+$/, "")}/v1/traces`,
    timeoutMillis: exportTimeoutMs,
  });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ "service.name": options.serviceName }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor({ exporter, ...batching })],
  });
  setTracer(new OtlpTracer(provider.getTracer("skyriff")));
  return async () => {
    setTracer(null);
    const timeout = sleep(shutdownTimeoutMs, "the last spans were not exported in time", { ref: false });
    const failure = await Promise.race([provider.shutdown().then(() => null, String), timeout]);
    if (failure) warn(failure);
    diag.disable();
  };
}

const kinds: Record<NonNullable<SpanOptions["kind"]>, SpanKind> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
};

const activeSpan = new AsyncLocalStorage<Span>();

class OtlpTracer implements Tracer {
  constructor(private readonly tracer: OtelTracer) {}

  begin(name: string, { kind = "internal", attributes = {} }: SpanOptions): OpenSpan {
    return new OtlpSpan(this.tracer.startSpan(name, { kind: kinds[kind], attributes }, parentOf(kind)));
  }

  traceparent(): string | undefined {
    const context = activeSpan.getStore()?.spanContext();
    return context && `00-${context.traceId}-${context.spanId}-0${context.traceFlags & 1}`;
  }
}

/** The parent is the active span, or the span stored with the job. Requests start a new trace. */
function parentOf(kind: NonNullable<SpanOptions["kind"]>): Context {
  const local = kind === "internal" || kind === "client" ? activeSpan.getStore() : undefined;
  if (local) return trace.setSpan(ROOT_CONTEXT, local);
  const remote = remoteSpan(currentRequest.getStore()?.traceparent);
  return remote ? trace.setSpanContext(ROOT_CONTEXT, remote) : ROOT_CONTEXT;
}

/** Parses our own values only: https://www.w3.org/TR/trace-context/#traceparent-header-field-values */
function remoteSpan(traceparent: string | undefined): SpanContext | null {
  const [, traceId, spanId, flags] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-(0[01])$/.exec(traceparent ?? "") ?? [];
  if (!traceId || !spanId || spanId === INVALID_SPANID) return null;
  return { traceId, spanId, traceFlags: Number(flags), isRemote: true };
}

class OtlpSpan implements OpenSpan {
  constructor(private readonly span: Span) {}

  run<T>(work: () => T): T {
    return activeSpan.run(this.span, work);
  }

  rename(name: string): void {
    this.span.updateName(name);
  }

  set(attributes: Attributes): void {
    this.span.setAttributes(attributes);
  }

  /** Records the error's type only, because its message may contain user input. */
  fail(error: unknown): void {
    const type = error instanceof AppError ? error.code : error instanceof Error ? error.name : typeof error;
    this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.setAttribute("error.type", type);
  }

  end(): void {
    this.span.end();
  }
}
