import { type ReactNode, useId } from "react";
import styles from "./Field.module.css";

interface Props {
  label: string;
  hint?: ReactNode;
  error?: ReactNode;
  children: (props: {
    id: string;
    className: string;
    "aria-describedby"?: string;
    "aria-invalid"?: true;
  }) => ReactNode;
}

/** A label, its field, and what is to be said about it. */
export function Field({ label, hint, error, children }: Props) {
  const id = useId();
  const said = error ?? hint;
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        className: styles.input ?? "",
        "aria-describedby": said ? `${id}-said` : undefined,
        "aria-invalid": error ? true : undefined,
      })}
      {said ? (
        <p
          id={`${id}-said`}
          className={error ? styles.error : styles.hint}
          role={error ? "alert" : undefined}
        >
          {said}
        </p>
      ) : null}
    </div>
  );
}
