import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import sharp, { type OverlayOptions } from "sharp";

/** Owner and date, written into every free file. */
export interface WatermarkText {
  /** The end of the owner's id. It identifies the owner without revealing the full id. */
  ownerShortId: string;
  /** Shown as a day in UTC. */
  date: Date;
}

interface Label {
  png: Buffer;
  width: number;
  height: number;
}

const fontPackage = createRequire(import.meta.url).resolve("@embedpdf/fonts-sc");
const fontFile = join(dirname(fontPackage), "../fonts/NotoSansHans-Bold.otf");
const fontFamily = "Noto Sans S Chinese Bold";
/** With a shorter side than this, only the name is legible. */
const fullTextSideMin = 200;

/**
 * The mark for a picture whose short side has this many pixels: half transparent, and white on a soft shadow, so that
 * it is legible on light and dark backgrounds.
 */
export async function renderLabel(text: WatermarkText, shortSide: number): Promise<Label> {
  const namePixels = Math.max(11, Math.round(shortSide * 0.06));
  const full = shortSide >= fullTextSideMin;
  const ownerAndDate = `${escapeMarkup(text.ownerShortId)} · ${text.date.toISOString().slice(0, 10)}`;
  const lines = [
    `<span size="${namePixels * 1024}">SkyRiff</span>`,
    ...(full ? [`<span size="${Math.round(namePixels * 0.46 * 1024)}">${ownerAndDate}</span>`] : []),
  ].join("\n");
  const [white, black] = await Promise.all([renderText(lines, "white"), renderText(lines, "black")]);
  const margin = Math.ceil(namePixels * 0.3);
  const around = { top: margin, bottom: margin, left: margin, right: margin, background: transparent };
  const shadow = await sharp(black)
    .extend(around)
    .blur(Math.max(0.6, namePixels * 0.06))
    .png()
    .toBuffer();
  const { data, info } = await sharp(shadow)
    .composite([
      // Twice, because blurring makes the shadow fainter.
      { input: shadow },
      { input: white, top: margin, left: margin },
    ])
    .ensureAlpha()
    .png()
    .toBuffer({ resolveWithObject: true });
  return { png: await setOpacity(data, 0.62), width: info.width, height: info.height };
}

/**
 * Two marks far from each other, so that no crop removes both. The bottom stays free for captions.
 */
export async function createMarks(
  picture: { width: number; height: number },
  text: WatermarkText,
): Promise<OverlayOptions[]> {
  const label = await renderLabel(text, Math.min(picture.width, picture.height));
  const spare = {
    x: Math.max(0, picture.width - label.width),
    y: Math.max(0, picture.height - label.height),
  };
  const at = (x: number, y: number): OverlayOptions => ({
    input: label.png,
    left: Math.round(spare.x * x),
    top: Math.round(spare.y * y),
  });
  return [at(0.15, 0.22), at(0.85, 0.57)];
}

const transparent = { r: 0, g: 0, b: 0, alpha: 0 };

function renderText(markup: string, color: string): Promise<Buffer> {
  const text = `<span foreground="${color}">${markup}</span>`;
  return sharp({ text: { text, rgba: true, font: fontFamily, fontfile: fontFile, dpi: 72, spacing: 2 } })
    .png()
    .toBuffer();
}

/** `opacity` is 0 to 1. */
function setOpacity(png: Buffer, opacity: number): Promise<Buffer> {
  return sharp(png).linear([1, 1, 1, opacity], [0, 0, 0, 0]).png().toBuffer();
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
