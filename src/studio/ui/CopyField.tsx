import { useEffect, useRef } from "react";
import { Field } from "./Field";

/** A text to be copied by hand, selected. */
export function CopyField({ label, text }: { label: string; text: string }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.select();
  }, []);
  return (
    <Field label={label}>{(field) => <input {...field} ref={input} readOnly value={text} size={1} />}</Field>
  );
}
