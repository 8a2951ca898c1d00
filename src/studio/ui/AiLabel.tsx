import Sparkles from "lucide-react/icons/sparkles";
import { useTranslations } from "use-intl";
import styles from "./AiLabel.module.css";

/** Says beside a player that its film was made by AI, in the server's own words. */
export function AiLabel({ label }: { label: { text: string; producer: string } | null | undefined }) {
  const t = useTranslations("player");
  if (!label) return null;
  return (
    <p className={styles.label} title={t("producer", { producer: label.producer })}>
      <Sparkles size={14} aria-hidden="true" />
      <span>{label.text}</span>
    </p>
  );
}
