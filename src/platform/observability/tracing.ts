/*
 * Spans of requests and their jobs, across processes. Only otlp-tracing.ts loads OpenTelemetry, and only
 * if a collector is configured. Without one, each call here costs one comparison.
 */

/** Names, ids and counts only: no user input, phone numbers, secrets or error messages. */
export type Attributes = Record<string, string | number | boolean>;

export interface SpanOptions {
  /** "internal" and "client" spans are children of the active span. "server" and "consumer" spans are not. */
  kind?: "internal" | "server" | "client" | "consumer";
  attributes?: Attributes;
}

export interface OpenSpan {
  /** Runs `work` with this span as the active one. */
  run<T>(work: () => T): T;
  rename(name: string): void;
  set(attributes: Attributes): void;
  fail(error: unknown): void;
  end(): void;
}

export interface Tracer {
  begin(name: string, options: SpanOptions): OpenSpan;
  /** The active span in the format of W3C Trace Context. */
  traceparent(): string | undefined;
}

let tracer: Tracer | null = null;

/** Turns tracing on for this process; null turns it off. */
export function setTracer(newTracer: Tracer | null): void {
  tracer = newTracer;
}

export function isTracing(): boolean {
  return tracer !== null;
}

export function beginSpan(name: string, options: SpanOptions = {}): OpenSpan | null {
  return tracer ? tracer.begin(name, options) : null;
}

export function currentTraceparent(): string | undefined {
  return tracer?.traceparent();
}

/** Runs `work` in a new span, which ends with it and records its failure. */
export async function span<T>(
  name: string,
  options: SpanOptions,
  work: (span: OpenSpan | null) => Promise<T>,
): Promise<T> {
  const open = beginSpan(name, options);
  if (!open) return work(null);
  try {
    return await open.run(() => work(open));
  } catch (error) {
    open.fail(error);
    throw error;
  } finally {
    open.end();
  }
}
