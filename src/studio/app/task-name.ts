import { useTranslations } from "use-intl";

interface Named {
  prompt: string;
  remixOf?: { title: string } | null;
}

/** The name of a task is its prompt. A remix without words of its own is named after its source. */
export function useTaskName(): (task: Named) => string {
  const t = useTranslations("task");
  return ({ prompt, remixOf }) => prompt || (remixOf ? t("remixOf", { title: remixOf.title }) : t("remix"));
}
