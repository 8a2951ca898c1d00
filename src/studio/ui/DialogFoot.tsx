import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { Button } from "./Button";
import styles from "./DialogFoot.module.css";

/** The buttons of a dialog: what it is for, and a way out. */
export function DialogFoot({ onCancel, children }: { onCancel: () => void; children: ReactNode }) {
  const t = useTranslations("app");
  return (
    <div className={styles.foot}>
      <Button look="quiet" onClick={onCancel}>
        {t("cancel")}
      </Button>
      {children}
    </div>
  );
}
