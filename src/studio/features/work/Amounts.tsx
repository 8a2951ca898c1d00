import { useId } from "react";
import styles from "./Pay.module.css";

interface Props {
  label: string;
  amounts: readonly number[];
  value: number | null;
  onChange: (amount: number) => void;
}

/** One of a few amounts, or none yet. */
export function Amounts({ label, amounts, value, onChange }: Props) {
  const name = useId();
  return (
    <fieldset>
      <legend className="visually-hidden">{label}</legend>
      <div className={styles.amounts}>
        {amounts.map((amount) => (
          <label key={amount} className={styles.amount}>
            <input
              type="radio"
              name={name}
              className="visually-hidden"
              checked={amount === value}
              onChange={() => onChange(amount)}
            />
            {amount}
          </label>
        ))}
      </div>
    </fieldset>
  );
}
