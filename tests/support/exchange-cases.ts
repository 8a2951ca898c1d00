import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { DownloadNoWatermarkDocument } from "../../src/generated/operations.js";
import type { Client } from "./client.js";
import { ExchangeVendor } from "./exchange-vendor.js";
import { casesFolder, type Exchange } from "./exchanges.js";
import { type Product, type ProductOptions, startProduct } from "./product.js";
import { create, credits, ended, type FullTask, readTask } from "./tasks.js";
import { until } from "./until.js";

export interface ExchangeRun {
  client: Client;
  task: FullTask;
}

/** The whole product with a vendor that answers as exchanges say. */
export class ExchangeCases {
  private constructor(
    readonly product: Product,
    readonly vendor: ExchangeVendor,
    private readonly exchanges: readonly Exchange[],
  ) {}

  static async start(exchanges: readonly Exchange[], options: ProductOptions = {}): Promise<ExchangeCases> {
    const vendor = await new ExchangeVendor(exchanges).start();
    // Without labels the stored bytes are the vendor's.
    const settings = { DYUAPI_BASE_URL: vendor.url, AI_LABELS: "off", ...options.settings };
    const product = await startProduct({ ...options, settings });
    return new ExchangeCases(product, vendor, exchanges);
  }

  async close(): Promise<void> {
    await this.product.close();
    await this.vendor.close();
  }

  /** Orders one video and compares everything but colors with what the exchange expects. */
  async run(exchange: Exchange): Promise<ExchangeRun> {
    if (exchange.order === 2) await this.runFirstOrder(exchange);
    const run = await this.order(exchange);
    const { client, task } = run;
    const { status, failure, width, height, sameBytes } = exchange.expect;
    if (status === "any") return run;
    expect([task.status, task.failure?.code ?? null]).toEqual([
      status,
      failure ? expect.toBeOneOf(failure) : null,
    ]);
    const refunds = task.entries.filter(({ type }) => type === "GEN_REFUND");
    expect(refunds).toHaveLength(status === "FAILURE" ? 1 : 0);
    expect((await credits(client)).held).toBe(0);
    if (width) expect(task.video).toMatchObject({ width, height });
    if (sameBytes) await expectSameBytes(run, join(casesFolder, exchange.folder, sameBytes));
    this.expectCalls(exchange);
    return run;
  }

  private async order(exchange: Exchange): Promise<ExchangeRun> {
    const client = await this.product.user();
    const id = await create(client, { prompt: exchange.name });
    const task = exchange.expect.status === "any" ? await accepted(client, id) : await ended(client, id);
    return { client, task };
  }

  private async runFirstOrder({ folder }: Exchange): Promise<void> {
    const first = this.exchanges.find((exchange) => exchange.folder === folder && exchange.order === 1);
    if (first) await this.order(first);
  }

  private expectCalls(exchange: Exchange): void {
    const { userAgent = [], askedWith } = exchange.expect;
    const calls = this.vendor.callsOf(exchange);
    for (const kind of userAgent) {
      const agents = calls.filter((call) => call.kind === kind).map(({ headers }) => headers["user-agent"]);
      expect(agents.length).toBeGreaterThan(0);
      for (const agent of agents) expect(agent).toMatch(/^SkyRiff\/\d/);
    }
    if (askedWith) expect(calls.find(({ kind }) => kind === "state")?.id).toBe(askedWith);
  }
}

function accepted(client: Client, id: string): Promise<FullTask> {
  return until(`the vendor's answer for ${id}`, async () => {
    const task = await readTask(client, id);
    return task.status === "NOT_START" ? null : task;
  });
}

async function expectSameBytes({ client, task }: ExchangeRun, path: string): Promise<void> {
  const wanted = readFileSync(path);
  const sha256 = createHash("sha256").update(wanted).digest("hex");
  expect(task.video).toMatchObject({ byteSize: wanted.length, sha256 });
  const input = { videoId: task.video?.id ?? "" };
  const { downloadNoWatermark } = await client.request(DownloadNoWatermarkDocument, { input });
  const downloaded = await fetch(downloadNoWatermark.downloadUrl);
  expect(wanted.equals(Buffer.from(await downloaded.arrayBuffer()))).toBe(true);
}
