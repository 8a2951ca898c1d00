import type { AigcLabel } from "../../platform/ai-labels/index.js";
import type { Language } from "../../platform/base/language.js";
import type { AiLabel } from "./videos.graphql.js";
import type { StoredAiLabel } from "./videos.tables.js";

/** Null for a file without a label. */
export function toAiLabel({
  label,
  signed,
}: {
  label: AigcLabel | null;
  signed: boolean;
}): StoredAiLabel | null {
  return label && { producer: label.ContentProducer, contentId: label.ProduceID, signed };
}

const texts: Record<Language, string> = { en: "Made by AI", zh: "AI 生成" };

/** With the text for people, in their language. */
export function describeAiLabel(label: StoredAiLabel, language: Language): AiLabel {
  return { text: texts[language], ...label };
}
