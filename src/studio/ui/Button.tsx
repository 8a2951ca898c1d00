import type { ButtonHTMLAttributes, ReactNode, Ref } from "react";
import styles from "./Button.module.css";
import { cx } from "./cx";

interface Look {
  /** accent: what to do next. plain: with an edge. quiet: text only. */
  look?: "accent" | "plain" | "quiet" | "danger";
  wide?: boolean;
  small?: boolean;
}

export type ButtonProps = ButtonHTMLAttributes<HTMLButtonElement> &
  Look & {
    icon?: ReactNode;
    /** Why the button cannot be pressed now. It stays reachable, so that the reason can be read. */
    blocked?: string | null;
    /** Shown instead while something is under way. The width stays. */
    busy?: string | false | null;
    ref?: Ref<HTMLButtonElement>;
  };

export function buttonClass({ look = "plain", wide, small }: Look): string {
  return cx(styles.button, styles[look], wide && styles.wide, small && styles.small);
}

export function Button(props: ButtonProps) {
  const { look, wide, small, icon, blocked, busy, children, onClick, title, ...rest } = props;
  const isInert = Boolean(blocked || busy);
  return (
    <button
      type="button"
      title={blocked ?? title}
      {...rest}
      className={cx(buttonClass({ look, wide, small }), rest.className)}
      aria-disabled={isInert || undefined}
      onClick={(event) => {
        if (isInert) event.preventDefault();
        else onClick?.(event);
      }}
    >
      <span className={styles.content} data-hidden={busy ? "" : undefined}>
        {icon}
        {children}
      </span>
      {busy ? <span className={styles.busy}>{busy}</span> : null}
    </button>
  );
}
