import type { ReactNode } from "react";
import { useId } from "react";
import styles from "./Segmented.module.css";

interface Props<Value extends string | number> {
  label: string;
  hideLabel?: boolean;
  value: Value;
  onChange: (value: Value) => void;
  options: readonly { value: Value; label: ReactNode; blocked?: string }[];
}

/** One of a few, all in sight: radio buttons that look like one control. */
export function Segmented<Value extends string | number>(props: Props<Value>) {
  const { label, hideLabel, value, onChange, options } = props;
  const name = useId();
  return (
    <fieldset className={styles.field}>
      <legend className={hideLabel ? "visually-hidden" : styles.label}>{label}</legend>
      <div className={styles.options}>
        {options.map((option) => (
          <label key={option.value} className={styles.option} title={option.blocked}>
            <input
              type="radio"
              name={name}
              className="visually-hidden"
              checked={option.value === value}
              disabled={option.blocked !== undefined}
              onChange={() => onChange(option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
