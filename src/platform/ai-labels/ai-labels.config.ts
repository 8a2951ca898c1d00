import { z } from "zod";
import { isProducer } from "./producer-code.js";

/** In widths of a Latin letter. Longer texts would cover much of an upright picture. */
const textWidthMax = 20;

const labelText = z
  .string()
  .trim()
  .regex(/^[\p{Script=Han}\p{Script=Latin}\p{N}\p{P}\p{S} ]+$/u, "must have Chinese and Latin letters only")
  .refine((text) => /[\p{L}]/u.test(text), "must have letters")
  .refine(
    (text) => !/[\p{Emoji_Presentation}\u{10000}-\u{10ffff}]/u.test(text),
    "must have no emoji and no rare characters, which the font lacks",
  )
  .refine(
    (text) => textWidth(text) <= textWidthMax,
    "must have at most 20 letters, or 10 Chinese characters",
  );

function textWidth(text: string): number {
  return [...text].reduce((width, character) => width + (/[\u2e80-\uffff]/u.test(character) ? 2 : 1), 0);
}

const producer = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine(
    isProducer,
    "looks like a code of the standard but is none: 27 characters, with a unified social credit code that checks",
  );

/** Read by every part that writes, shows or looks for labels of AI-made content. */
export const aiLabelsSettings = z.object({
  AI_LABELS: z
    .enum(["on", "off"])
    .default("on")
    .describe(
      "off: no labels of AI-made content, neither in files and pictures nor in the API, and no terms of clean downloads. The record of clean downloads is written all the same.",
    ),
  AI_LABEL_PRODUCER: producer
    .default("SkyRiff")
    .describe(
      "The producer in the hidden label of files: your company's name, or its code of 27 characters (docs/ai-labels.md).",
    ),
  AI_LABEL_TEXT: labelText
    .default("AI生成")
    .describe(
      "The visible label in previews and stills. Chinese and Latin letters: at most 20, where a Chinese character counts as two.",
    ),
  C2PA_CERT_FILE: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A PEM file: the certificate that signs Content Credentials (C2PA) of clean files, followed by its issuers. Unset: files are not signed.",
    ),
  C2PA_KEY_FILE: z.string().min(1).optional().describe("A PEM file: the private key of that certificate."),
});

export type AiLabelsSettings = z.output<typeof aiLabelsSettings>;

/** Problems that concern several settings. Empty if there are none. */
export function aiLabelsSettingsProblems(settings: AiLabelsSettings): string[] {
  const names = ["C2PA_CERT_FILE", "C2PA_KEY_FILE"] as const;
  const missing = names.filter((name) => settings[name] === undefined);
  return missing.length === 1 ? [`${missing[0]} must be set too: a signature needs certificate and key`] : [];
}
