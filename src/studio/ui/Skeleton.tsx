import type { CSSProperties } from "react";
import styles from "./Skeleton.module.css";

/** The shape of what is coming. It shows after 150 ms, so that quick answers do not flash. */
export function Skeleton({ style }: { style?: CSSProperties }) {
  return <span className={styles.skeleton} style={style} aria-hidden="true" />;
}
