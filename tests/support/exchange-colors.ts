import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { expect } from "vitest";
import { barsIn, farthestOff } from "../modules/videos/color-bars.js";
import { type Picture, pictureAt } from "../modules/videos/sample-video.js";
import type { ExchangeRun } from "./exchange-cases.js";
import type { Exchange } from "./exchanges.js";
import { temporaryFolder } from "./temporary-folder.js";

interface Links {
  task: { video: { previewUrl: string; thumbnailUrl: string } };
}
const linksQuery = "query($id: ID!) { task(id: $id) { video { previewUrl thumbnailUrl(size: LARGE) } } }";

/** Compares the bars that the exchange expects with what a user sees: the large still, the preview's start. */
export async function expectColors({ client, task }: ExchangeRun, exchange: Exchange): Promise<void> {
  const { bars = [], tolerance = 0, hdr, where = [] } = exchange.expect;
  const links = await client.request<Links, { id: string }>(linksQuery, { id: task.id });
  const { previewUrl, thumbnailUrl } = links.task.video;
  for (const place of where) {
    const response = await fetch(place === "still" ? thumbnailUrl : previewUrl);
    const bytes = Buffer.from(await response.arrayBuffer());
    const found = barsIn(await (place === "still" ? stillOf(bytes) : previewOf(bytes)), bars.length);
    if (hdr) expectRich(found, bars);
    else expect(farthestOff(found, bars), `${place}: ${found.join(" | ")}`).toBeLessThanOrEqual(tolerance);
  }
}

/** Colors with 0.72 of the spread between their channels, and whites 0.74 as light. */
function expectRich(found: number[][], bars: number[][]): void {
  const spread = (bar: number[]) => Math.max(...bar) - Math.min(...bar);
  for (const [at, bar] of bars.entries()) {
    const seen = found[at] as number[];
    if (spread(bar) > 0) expect(spread(seen)).toBeGreaterThanOrEqual(0.72 * spread(bar));
    else if (Math.min(...bar) > 200)
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(0.74 * Math.min(...bar));
  }
}

async function stillOf(bytes: Buffer): Promise<Picture> {
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { rgb: data, width: info.width, height: info.height };
}

async function previewOf(bytes: Buffer): Promise<Picture> {
  const folder = await temporaryFolder();
  const path = join(folder.path, "preview.mp4");
  await writeFile(path, bytes);
  try {
    return await pictureAt(path, 0, 640, 360);
  } finally {
    await folder.remove();
  }
}
