import type { ReactNode } from "react";
import styles from "./Empty.module.css";

/** Nothing is here yet, or not any more: a sentence and one way on. */
export function Empty({
  children,
  action,
  plain,
}: {
  children: ReactNode;
  action?: ReactNode;
  plain?: boolean;
}) {
  return (
    <div className={plain ? styles.plain : styles.empty}>
      <div className={styles.words}>{children}</div>
      {action}
    </div>
  );
}
