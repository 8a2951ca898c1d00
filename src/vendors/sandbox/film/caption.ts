import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { drawSvg, even, type Frame, gradient, type Layer } from "./landscape.js";

const fonts = join(dirname(createRequire(import.meta.url).resolve("@embedpdf/fonts-sc")), "..", "fonts");
const font = { font: "Noto Sans S Chinese Bold", fontfile: join(fonts, "NotoSansHans-Bold.otf"), rgba: true };
const markupEscapes: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** So many characters fit in every frame at the smallest size. Longer prompts are cut. */
const charactersMax = 120;

/** The prompt on a soft shadow at the bottom of the frame, as large as it fits. */
export async function drawCaption(prompt: string, note: string, frame: Frame): Promise<Layer> {
  const unit = Math.min(frame.width, frame.height);
  const margin = even(unit * 0.07);
  const characters = Array.from(prompt);
  const cut = characters.length > charactersMax ? `${characters.slice(0, charactersMax).join("")}…` : prompt;
  // Pango rejects control characters and lone surrogates.
  const clean = cut.toWellFormed().replace(/\p{Cc}+/gu, " ");
  const markup = (clean.trim() || "…").replace(
    /[&<>]/g,
    (character) => markupEscapes[character] ?? character,
  );
  const sized = (share: number) => `size="${Math.round(unit * share) * 1024}"`;
  const small = `<span ${sized(0.026)} alpha="72%">${note} · ${frame.width}×${frame.height} · ${frame.seconds} s</span>`;
  const place = { width: frame.width - 2 * margin, spacing: Math.round(unit * 0.016) };
  const write = (share: number) => {
    const text = `<span foreground="white"><span ${sized(share)}>${markup}</span>\n${small}</span>`;
    const image = sharp({ text: { text, ...place, ...font, dpi: 72, wrap: "word-char" } });
    return image.png().toBuffer({ resolveWithObject: true });
  };
  let words = await write(0.082);
  for (const share of [0.066, 0.052, 0.042, 0.034]) {
    if (words.info.height > frame.height * 0.26) words = await write(share);
  }
  const height = Math.min(frame.height, even(words.info.height + margin + unit * 0.26));
  const shade = gradient("linear", "shade", [0, "#000", 0], [0.5, "#000", 0.42], [1, "#000", 0.66]);
  const png = await drawSvg(
    frame.width,
    height,
    `${shade}<rect width="100%" height="100%" fill="url(#shade)"/>`,
  )
    .composite([{ input: words.data, left: margin, top: height - margin - words.info.height }])
    .toBuffer();
  return { png, x: "0", y: `${frame.height - height}` };
}
