import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import sharp from "sharp";
import type { Frame } from "./scenery.js";
import { even } from "./scenery.js";

const fontFolder = join(dirname(createRequire(import.meta.url).resolve("@embedpdf/fonts-sc")), "..", "fonts");
const bold = { font: "Noto Sans S Chinese Bold", fontfile: join(fontFolder, "NotoSansHans-Bold.otf") };
const medium = { font: "Noto Sans S Chinese Medium", fontfile: join(fontFolder, "NotoSansHans-Medium.otf") };

/** The prompt on a soft shadow at the foot of the frame. `top` is where the picture goes. */
export interface Caption {
  png: Buffer;
  top: number;
}

const markupSigns: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Control signs and lone surrogates are no text that can be drawn, and Pango refuses them. */
function drawable(text: string): string {
  const clean = text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, " ")
    .trim();
  return clean === "" ? "…" : clean;
}

async function write(text: string, style: typeof bold, sizePx: number, width: number, opacity = 1) {
  const markup = text.replace(/[&<>]/g, (sign) => markupSigns[sign] ?? sign);
  const alpha = Math.round(opacity * 65535);
  const { data, info } = await sharp({
    text: {
      text: `<span foreground="white" alpha="${alpha}">${markup}</span>`,
      font: `${style.font} ${sizePx}`,
      fontfile: style.fontfile,
      width,
      rgba: true,
      dpi: 72,
      wrap: "word-char",
      spacing: Math.round(sizePx * 0.22),
    },
  })
    .png()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** The prompt as large as it fits; what does not fit at the smallest size is cut with an ellipsis. */
async function writePrompt(prompt: string, width: number, heightMax: number, unit: number) {
  const text = drawable(prompt);
  for (const size of [0.082, 0.066, 0.052, 0.042, 0.034]) {
    const written = await write(text, bold, Math.round(unit * size), width);
    if (written.height <= heightMax) return written;
  }
  const smallest = Math.round(unit * 0.034);
  const signs = Array.from(text);
  for (let length = signs.length; ; length = Math.floor(length * 0.85)) {
    const written = await write(`${signs.slice(0, length).join("").trimEnd()}…`, bold, smallest, width);
    if (written.height <= heightMax || length <= 8) return written;
  }
}

export async function captionOf(prompt: string, frame: Frame, watermark: boolean): Promise<Caption> {
  const unit = Math.min(frame.width, frame.height);
  const margin = even(unit * 0.07);
  const note = watermark ? "WATERMARKED · SANDBOX" : "SANDBOX";
  const line = `${note} · ${frame.width}×${frame.height} · ${frame.seconds} s`;
  const [words, small] = await Promise.all([
    writePrompt(prompt, frame.width - 2 * margin, Math.round(frame.height * 0.22), unit),
    write(line, medium, Math.round(unit * 0.026), frame.width - 2 * margin, 0.72),
  ]);
  const gap = even(unit * 0.03);
  const foot = margin + small.height;
  const height = Math.min(frame.height, even(words.height + gap + foot + unit * 0.26));
  const shade = `<svg xmlns="http://www.w3.org/2000/svg" width="${frame.width}" height="${height}"><defs>
    <linearGradient id="shade" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-opacity="0"/>
    <stop offset=".2" stop-opacity=".08"/>
    <stop offset=".5" stop-opacity=".42"/><stop offset="1" stop-opacity=".66"/></linearGradient></defs>
    <rect width="100%" height="100%" fill="url(#shade)"/></svg>`;
  const png = await sharp(Buffer.from(shade))
    .composite([
      { input: words.data, left: margin, top: height - foot - gap - words.height },
      { input: small.data, left: margin, top: height - foot },
    ])
    .png({ compressionLevel: 1 })
    .toBuffer();
  return { png, top: frame.height - height };
}
