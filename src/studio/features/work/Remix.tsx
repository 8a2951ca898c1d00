import { Link } from "@tanstack/react-router";
import Shuffle from "lucide-react/icons/shuffle";
import { useTranslations } from "use-intl";
import { remixFee } from "../../app/remix-fee";
import { useRemixPayees } from "../../app/remix-payees";
import { buttonClass } from "../../ui/Button";
import styles from "./Pay.module.css";
import type { ShownWork } from "./shown-work";

/** Leads to the composer with this work as the source, or says that its author does not allow it. */
export function Remix({ work, viewerId }: { work: ShownWork; viewerId: string | null }) {
  const t = useTranslations("work");
  const names = useRemixPayees(work);
  if (!work.remixable) return <p className={styles.center}>{t("notRemixable")}</p>;
  const fee = remixFee(work, viewerId);
  return (
    <div className={styles.remix}>
      <Link
        to="/create"
        search={{ remix: work.id }}
        className={buttonClass({ look: "accent", wide: true })}
        preload="intent"
      >
        <Shuffle size={18} aria-hidden="true" />
        {t("remix")}
      </Link>
      <p className={styles.center}>{fee > 0 ? t("remixFee", { fee, names }) : t("remixFree")}</p>
    </div>
  );
}
