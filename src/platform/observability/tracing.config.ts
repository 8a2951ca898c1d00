import { z } from "zod";
import { httpUrl } from "../base/settings.js";

const share = z
  .string()
  .regex(/^(0(\.\d+)?|1(\.0+)?)$/, "must be a number from 0 to 1")
  .transform(Number);

export const tracingSettings = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl
    .optional()
    .describe(
      "The URL of an OpenTelemetry collector for traces (OTLP, JSON over HTTP): http://collector:4318. Unset: no traces.",
    ),
  OTEL_TRACES_SAMPLER_ARG: share
    .default(1)
    .describe("The share of requests that are traced, with all their jobs: 0 to 1."),
});
