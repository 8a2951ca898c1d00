import type { ReactNode } from "react";
import styles from "./Panel.module.css";

/** A raised part of a page with an edge: what belongs together and can be acted on. */
export function Panel({ as: Element = "section", children }: { as?: "section" | "li"; children: ReactNode }) {
  return <Element className={styles.panel}>{children}</Element>;
}
