import type { CSSProperties } from "react";
import { fileUrl } from "../app/root";
import { filmName, stillOf } from "./growing-still";
import styles from "./Player.module.css";
import { Skeleton } from "./Skeleton";
import { filmSizes, srcSet } from "./stills";

/** The player's place while its page is being loaded: the still that was pressed, if there is one. */
export function WaitingFilm({ id }: { id: string }) {
  const still = stillOf(id);
  if (!still) return <Skeleton style={{ aspectRatio: 16 / 9 }} />;
  const shape = { "--ratio": still.width / still.height, viewTransitionName: filmName } as CSSProperties;
  return (
    <div className={styles.player} style={shape} data-film>
      <img
        className={styles.poster}
        src={fileUrl(still.medium)}
        srcSet={srcSet(still)}
        sizes={filmSizes}
        alt=""
      />
    </div>
  );
}
