import { useFormatter, useTranslations } from "use-intl";
import { remixPayees, type Source } from "./remix-fee";
import { useUserId } from "./viewer";

/** The names of those whom the fee of a remix pays, as part of a sentence: "Mina and Oren". */
export function useRemixPayees(source: Source | null): string {
  const t = useTranslations("task");
  const format = useFormatter();
  const names = remixPayees(source, useUserId());
  return names.length > 0 ? format.list(names) : t("authors");
}
