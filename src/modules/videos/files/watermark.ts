import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import sharp, { type OverlayOptions } from "sharp";

/** The text in every free file. */
export interface WatermarkText {
  /** The end of the owner's id. It identifies the owner without revealing the full id. */
  ownerShortId: string;
  /** Shown as a day in UTC. */
  date: Date;
  /** Says that the picture is made by AI. Null for none. */
  aiLabel: string | null;
}

export interface Mark {
  png: Buffer;
  width: number;
  height: number;
  /** Every picture shows the mark twice. The second one may be fainter. */
  secondOpacity: number;
}

const fontPackage = createRequire(import.meta.url).resolve("@embedpdf/fonts-sc");
const fontFile = join(dirname(fontPackage), "../fonts/NotoSansHans-Bold.otf");
const fontFamily = "Noto Sans S Chinese Bold";
/** With a shorter side than this, owner and date are not legible. */
const fullTextSideMin = 200;
/** Of the short side. Capital and Chinese letters have at least 73 % of it: more than the 5 % that the standard asks for. */
const labelSize = 0.072;

/** Pixels of a picture or of a mark. */
interface Size {
  width: number;
  height: number;
}

/**
 * The mark for a picture of this size, legible on light and dark backgrounds. With a label it is one plate: the label, and
 * below it the name, owner and date.
 */
export async function renderMark(text: WatermarkText, picture: Size): Promise<Mark> {
  const mark = await (text.aiLabel === null
    ? renderPlainMark(text, shortSideOf(picture))
    : renderPlate(text, text.aiLabel, picture));
  return shrinkToFit(mark, picture);
}

/** Only pictures of a few pixels, or those with one very short side, are smaller than their mark. */
async function shrinkToFit(mark: Mark, picture: Size): Promise<Mark> {
  const scale = Math.min(1, picture.width / mark.width, picture.height / mark.height);
  if (scale === 1) return mark;
  const size = {
    width: Math.max(1, Math.floor(mark.width * scale)),
    height: Math.max(1, Math.floor(mark.height * scale)),
  };
  const png = await sharp(mark.png)
    .resize({ ...size, fit: "fill" })
    .png()
    .toBuffer();
  return { ...mark, ...size, png };
}

async function renderPlate(text: WatermarkText, label: string, picture: Size): Promise<Mark> {
  const shortSide = shortSideOf(picture);
  const size = Math.max(12, Math.round(shortSide * labelSize));
  const pad = Math.round(size * 0.34);
  const lines = [
    `<span size="${size * 1024}">${escapeMarkup(label)}</span>`,
    `<span size="${Math.max(9, Math.round(size * 0.56)) * 1024}" alpha="88%">SkyRiff</span>`,
  ];
  if (shortSide >= fullTextSideMin)
    lines.push(`<span size="${Math.round(size * 0.36 * 1024)}" alpha="80%">${ownerAndDate(text)}</span>`);
  // A label that is too long for one line goes on, instead of having smaller letters.
  const contentWidth = Math.floor(picture.width - 2 * (shortSide * cornerMargin + pad));
  const content = await renderText(lines.join("\n"), "white", {
    spacing: Math.round(size * 0.08),
    width: Math.max(1, contentWidth),
  });
  const { width, height } = await sharp(content).metadata();
  const plate = { width: width + 2 * pad, height: height + 2 * pad };
  const shape = `<svg xmlns="http://www.w3.org/2000/svg" width="${plate.width}" height="${plate.height}">
    <rect width="100%" height="100%" rx="${Math.round(size * 0.3)}" fill="black" fill-opacity="0.5"/></svg>`;
  const png = await sharp(Buffer.from(shape))
    .composite([{ input: content, left: pad, top: pad }])
    .png()
    .toBuffer();
  return { png, ...plate, secondOpacity: 0.75 };
}

/** Half transparent, and white on a soft shadow. */
async function renderPlainMark(text: WatermarkText, shortSide: number): Promise<Mark> {
  const namePixels = Math.max(11, Math.round(shortSide * 0.06));
  const lines = [`<span size="${namePixels * 1024}">SkyRiff</span>`];
  if (shortSide >= fullTextSideMin)
    lines.push(`<span size="${Math.round(namePixels * 0.46 * 1024)}">${ownerAndDate(text)}</span>`);
  const markup = lines.join("\n");
  const [white, black] = await Promise.all([renderText(markup, "white"), renderText(markup, "black")]);
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
  return { png: await setOpacity(data, 0.62), width: info.width, height: info.height, secondOpacity: 1 };
}

/**
 * Two marks far from each other, so that no crop removes both. The bottom stays free for captions. With a label, the
 * first one is in the top left corner.
 */
export async function createMarks(picture: Size, text: WatermarkText): Promise<OverlayOptions[]> {
  const mark = await renderMark(text, picture);
  const spare = {
    x: Math.max(0, picture.width - mark.width),
    y: Math.max(0, picture.height - mark.height),
  };
  const at = (input: Buffer, x: number, y: number) => ({ input, left: Math.round(x), top: Math.round(y) });
  const second = at(await setOpacity(mark.png, mark.secondOpacity), spare.x * 0.85, spare.y * 0.57);
  if (text.aiLabel === null) return [at(mark.png, spare.x * 0.15, spare.y * 0.22), second];
  const margin = shortSideOf(picture) * cornerMargin;
  return [at(mark.png, Math.min(margin, spare.x), Math.min(margin, spare.y)), second];
}

/** Between a mark in a corner and the edges, of the short side. */
export const cornerMargin = 0.04;

const transparent = { r: 0, g: 0, b: 0, alpha: 0 };

function shortSideOf({ width, height }: Size): number {
  return Math.min(width, height);
}

function ownerAndDate({ ownerShortId, date }: WatermarkText): string {
  return `${escapeMarkup(ownerShortId)} · ${date.toISOString().slice(0, 10)}`;
}

/** Lines wider than `width` are wrapped. */
function renderText(
  markup: string,
  color: string,
  layout: { spacing: number; width?: number } = { spacing: 2 },
): Promise<Buffer> {
  const text = `<span foreground="${color}">${markup}</span>`;
  const font = { font: fontFamily, fontfile: fontFile, dpi: 72 };
  return sharp({ text: { text, rgba: true, ...font, ...layout, wrap: "word-char" } })
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
