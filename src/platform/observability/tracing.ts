/**
 * Where the time of a request goes, across processes. This page costs a comparison while tracing is
 * off: OpenTelemetry is loaded by otlp-tracing.ts alone, when there is a collector to send to.
 *
 * Attributes are for names, ids and counts. Nothing that a person wrote, no phone number, no secret
 * and no error's message goes into one.
 */
export type Attributes = Record<string, string | number | boolean>;

export interface SpanOptions {
  /** "server" and "consumer" begin a branch of their own, the others continue what is being done. */
  kind?: "internal" | "server" | "client" | "consumer";
  attributes?: Attributes;
}

export interface OpenSpan {
  /** What `work` begins belongs to this span. */
  run<T>(work: () => T): T;
  rename(name: string): void;
  set(attributes: Attributes): void;
  fail(error: unknown): void;
  end(): void;
}

export interface Tracer {
  begin(name: string, options: SpanOptions): OpenSpan;
  /** The span that is open right now, as W3C Trace Context writes it. */
  traceparent(): string | undefined;
}

let tracer: Tracer | null = null;

/** Turns tracing on for this process, or off. */
export function traceWith(chosen: Tracer | null): void {
  tracer = chosen;
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

/** Does the work within a span of its own, which ends and fails with it. */
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
