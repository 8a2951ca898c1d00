import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { fileUrl } from "../app/root";
import styles from "./Frame.module.css";
import { duration } from "./format";
import { growFrom } from "./growing-still";
import { usePreview } from "./preview";
import { type Stills, srcSet } from "./stills";

interface Props {
  still: Stills & { id: string; durationSec: number; previewUrl?: string };
  /** Where it leads. */
  to: LinkProps;
  /** The name of the link. */
  label: string;
  width: number;
  height: number;
  /** In the first row, so it is loaded first. */
  isFirst?: boolean;
  children?: ReactNode;
}

/** A still that keeps its shape, leads to its page, and plays quietly while it is pointed at. */
export function Frame({ still, to, label, width, height, isFirst = false, children }: Props) {
  const { isPlaying, ...preview } = usePreview(still.id);
  const grow = ({ currentTarget }: { currentTarget: HTMLElement }) => growFrom(still, currentTarget);
  return (
    <div className={styles.frame} style={{ width, height }} {...preview}>
      <Link {...to} className={styles.link} aria-label={label} preload="intent" viewTransition onClick={grow}>
        <img
          className={styles.still}
          src={fileUrl(still.medium)}
          srcSet={srcSet(still)}
          sizes={`${Math.ceil(width)}px`}
          width={still.width}
          height={still.height}
          alt=""
          loading={isFirst ? "eager" : "lazy"}
          fetchPriority={isFirst ? "high" : "auto"}
          decoding={isFirst ? "sync" : "async"}
        />
        {isPlaying && still.previewUrl ? (
          <video className={styles.preview} src={fileUrl(still.previewUrl)} muted autoPlay loop playsInline />
        ) : null}
      </Link>
      <span className={styles.duration}>{duration(still.durationSec)}</span>
      {children}
    </div>
  );
}
