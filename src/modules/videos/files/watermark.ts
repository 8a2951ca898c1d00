import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import sharp, { type OverlayOptions } from "sharp";

/** Whose video it is and when it was made: written into everything that can be had for free. */
export interface WatermarkText {
  /** The end of the owner's id: enough to find them, too little to be them. */
  ownerShortId: string;
  /** The day that is shown, in UTC. */
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
/** Below this short side only the name can be read. */
const fullTextSideMin = 200;

/**
 * The mark for a picture whose short side has this many pixels: white on its own soft shadow, so
 * that it can be read on light and on dark, and half transparent.
 */
export async function renderLabel(text: WatermarkText, shortSide: number): Promise<Label> {
  const namePixels = Math.max(11, Math.round(shortSide * 0.06));
  const full = shortSide >= fullTextSideMin;
  const facts = `${escapeMarkup(text.ownerShortId)} · ${text.date.toISOString().slice(0, 10)}`;
  const lines = [
    `<span size="${namePixels * 1024}">SkyRiff</span>`,
    ...(full ? [`<span size="${Math.round(namePixels * 0.46 * 1024)}">${facts}</span>`] : []),
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
      // Twice, since blurring thins the shadow out.
      { input: shadow },
      { input: white, top: margin, left: margin },
    ])
    .ensureAlpha()
    .png()
    .toBuffer({ resolveWithObject: true });
  return { png: await setOpacity(data, 0.62), width: info.width, height: info.height };
}

/**
 * The marks of a picture: two, at places far from each other, so that no crop takes both off. The foot,
 * where captions are, stays free.
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

/** Makes the whole picture see-through: `opacity` is 0 to 1. */
function setOpacity(png: Buffer, opacity: number): Promise<Buffer> {
  return sharp(png).linear([1, 1, 1, opacity], [0, 0, 0, 0]).png().toBuffer();
}

function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
