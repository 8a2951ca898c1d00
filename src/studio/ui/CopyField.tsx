import { useEffect, useRef } from "react";
import { Field } from "./Field";

/** A text to be copied by hand, selected. */
export function CopyField({ label, text }: { label: string; text: string }) {
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    area.current?.select();
  }, []);
  return (
    <Field label={label}>
      {(field) => <textarea {...field} ref={area} readOnly value={text} rows={text.includes("\n") ? 4 : 1} />}
    </Field>
  );
}
