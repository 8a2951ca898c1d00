import CircleAlert from "lucide-react/icons/circle-exclamation-point";
import type { ReactNode } from "react";
import styles from "./Notice.module.css";

/** Something did not work, where it happened, with one way on. */
export function Notice({
  children,
  action,
  calm,
}: {
  children: ReactNode;
  action?: ReactNode;
  calm?: boolean;
}) {
  return (
    <div className={styles.notice} data-calm={calm || undefined} role={calm ? "status" : "alert"}>
      {calm ? null : <CircleAlert size={18} aria-hidden="true" />}
      <p>{children}</p>
      {action}
    </div>
  );
}
