import type { Logger } from "pino";
import type { Config } from "./config.js";
import type { Shutdown } from "./shutdown.js";

/** Without a collector nothing of OpenTelemetry's SDK is loaded. */
export async function createTracing(config: Config, logger: Logger, shutdown: Shutdown): Promise<void> {
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (!endpoint) return;
  const { startOtlpTracing } = await import("../platform/observability/otlp-tracing.js");
  const stop = startOtlpTracing({
    endpoint,
    serviceName: "skyriff",
    sampleRatio: config.OTEL_TRACES_SAMPLER_ARG,
    logger,
  });
  shutdown.onShutdown("tracing", stop);
}
