import type { ReactNode } from "react";
import styles from "./Split.module.css";

interface Props {
  main: ReactNode;
  /** The beginning of the panel. */
  head?: ReactNode;
  /** Below the film, and on narrow pages between the beginning of the panel and its rest. */
  about?: ReactNode;
  side: ReactNode;
  /** Below all that is about the film. */
  below?: ReactNode;
}

/** A film with a panel at its side, or below it on narrow pages. */
export function Split({ main, head, about, side, below }: Props) {
  return (
    <div className={styles.split}>
      <div className={styles.main}>{main}</div>
      <aside className={styles.side}>
        {head ? <div className={styles.head}>{head}</div> : null}
        {side}
      </aside>
      {about || below ? (
        <div className={styles.below}>
          <div className={styles.about}>{about}</div>
          {below}
        </div>
      ) : null}
    </div>
  );
}
