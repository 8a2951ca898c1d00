/** The languages that the product speaks. Codes, names and shapes are the same in both. */
export type Language = "en" | "zh";

export type LocalizedText = Readonly<Record<Language, string>>;

/**
 * Picks a language by an Accept-Language header (RFC 9110, section 12.5.4): the highest weight
 * wins, the order breaks a tie, and other languages than English and Chinese are ignored.
 */
export function languageFrom(acceptLanguage: string | undefined): Language {
  const wanted = (acceptLanguage ?? "")
    .slice(0, 256)
    .split(",")
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
      const weight = parameters.map((p) => /^\s*q=([\d.]+)\s*$/.exec(p)?.[1]).find((q) => q !== undefined);
      return { tag: tag.trim(), weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ tag, weight }) => weight > 0 && /^(en|zh)(-|$)/.test(tag))
    .sort((a, b) => b.weight - a.weight);
  return wanted[0]?.tag.startsWith("zh") ? "zh" : "en";
}
