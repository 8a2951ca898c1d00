import type { ReactNode } from "react";
import styles from "./PageHead.module.css";

/** The heading of a page that has parts, and links to them. */
export function PageHead({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className={styles.head}>
      <h1>{title}</h1>
      <nav className={styles.tabs} aria-label={title}>
        {children}
      </nav>
    </div>
  );
}
