import { Histogram, type Registry } from "prom-client";
import type { WebhookCall } from "../platform/crypto/standard-webhooks.js";
import { span } from "../platform/observability/tracing.js";
import type {
  CancelResult,
  CheckResult,
  FetchResult,
  SubmitRequest,
  SubmitResult,
  Vendor,
  WebhookEvent,
} from "./contract.js";

export type VendorCallHistogram = Histogram<"vendor" | "call" | "outcome">;

/** The `outcome` label is the result's kind. */
export function createVendorCallHistogram(registry: Registry): VendorCallHistogram {
  return new Histogram({
    name: "skyriff_vendor_call_seconds",
    help: "Duration of vendor calls by outcome; for fetch: until the file's first byte",
    labelNames: ["vendor", "call", "outcome"],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
    registers: [registry],
  });
}

/**
 * Measures and traces a vendor's calls. Trace ids are not sent to the vendor, because it is a third party.
 */
export class InstrumentedVendor implements Vendor {
  readonly name: string;
  readonly cancel?: (vendorTaskId: string) => Promise<CancelResult>;
  readonly parseWebhook?: (call: WebhookCall) => WebhookEvent;

  constructor(
    private readonly vendor: Vendor,
    private readonly calls: VendorCallHistogram,
  ) {
    this.name = vendor.name;
    const cancel = vendor.cancel?.bind(vendor);
    if (cancel) this.cancel = (id) => this.observe("cancel", () => cancel(id));
    if (vendor.parseWebhook) this.parseWebhook = vendor.parseWebhook.bind(vendor);
  }

  submit(request: SubmitRequest): Promise<SubmitResult> {
    return this.observe("submit", () => this.vendor.submit(request));
  }

  check(vendorTaskId: string): Promise<CheckResult> {
    return this.observe("check", () => this.vendor.check(vendorTaskId));
  }

  fetch(vendorTaskId: string, videoUrl: string | null): Promise<FetchResult> {
    return this.observe("fetch", () => this.vendor.fetch(vendorTaskId, videoUrl));
  }

  private observe<R extends { kind: string }>(call: string, run: () => Promise<R>): Promise<R> {
    const { name: vendor } = this;
    return span(
      `vendor ${call}`,
      { kind: "client", attributes: { "skyriff.vendor": vendor } },
      async (openSpan) => {
        const startedAt = performance.now();
        let outcome = "threw";
        try {
          const result = await run();
          outcome = result.kind;
          return result;
        } finally {
          this.calls.observe({ vendor, call, outcome }, (performance.now() - startedAt) / 1000);
          openSpan?.set({ "skyriff.outcome": outcome });
        }
      },
    );
  }
}
