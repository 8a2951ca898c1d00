import { type FormEvent, type ReactNode, useState } from "react";
import { type CombinedError, useQuery } from "urql";
import { useTranslations } from "use-intl";
import { CreatorPricesDocument } from "../../generated/operations";
import { useErrorText } from "../app/errors";
import { refusalOf } from "../app/refusal";
import { textLimits } from "../app/text-limits";
import { Button } from "./Button";
import { DialogFoot } from "./DialogFoot";
import { Failure } from "./Failure";
import { Field } from "./Field";
import styles from "./WorkForm.module.css";

export interface WorkInput {
  title: string;
  description: string;
  promptPriceCredits: number;
  remixable: boolean;
  remixFeeCredits: number;
}

interface Props {
  initial: WorkInput;
  action: string;
  busy: string | false;
  error: CombinedError | undefined;
  /** The way on after an error that is about no field of the form. */
  wayOn?: ReactNode;
  onSubmit: (input: WorkInput) => void;
  onCancel: () => void;
}

/** The words and the prices of a work, which its author decides. */
export function WorkForm({ initial, action, busy, error, wayOn, onSubmit, onCancel }: Props) {
  const t = useTranslations("publish");
  const errorText = useErrorText();
  const [input, setInput] = useState(initial);
  const change = (part: Partial<WorkInput>) => setInput((now) => ({ ...now, ...part }));
  const [{ data }] = useQuery({ query: CreatorPricesDocument });
  const shown = [
    "title",
    "description",
    "promptPriceCredits",
    ...(input.remixable ? ["remixFeeCredits"] : []),
  ];
  const about = error && refusalOf(error).field;
  const field = shown.find((name) => name === about);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    onSubmit(input);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <Field label={t("title")} error={error && field === "title" ? errorText(error) : null}>
        {(props) => (
          <input
            {...props}
            required
            maxLength={textLimits.title}
            value={input.title}
            onChange={({ target }) => change({ title: target.value })}
          />
        )}
      </Field>
      <Field label={t("description")} error={error && field === "description" ? errorText(error) : null}>
        {(props) => (
          <textarea
            {...props}
            rows={3}
            maxLength={textLimits.description}
            value={input.description}
            onChange={({ target }) => change({ description: target.value })}
          />
        )}
      </Field>
      <Field
        label={t("promptPrice")}
        hint={input.promptPriceCredits === 0 ? t("promptOpen") : t("promptPriceHint")}
        error={error && field === "promptPriceCredits" ? errorText(error) : null}
      >
        {(props) => (
          <Credits
            {...props}
            max={data?.pricing.maxPromptPriceCredits}
            value={input.promptPriceCredits}
            onChange={(promptPriceCredits) => change({ promptPriceCredits })}
          />
        )}
      </Field>
      <label className={styles.check}>
        <input
          type="checkbox"
          checked={input.remixable}
          onChange={({ target }) => change({ remixable: target.checked })}
        />
        {t("remixable")}
      </label>
      {input.remixable ? (
        <Field
          label={t("remixFee")}
          hint={t("remixFeeHint")}
          error={error && field === "remixFeeCredits" ? errorText(error) : null}
        >
          {(props) => (
            <Credits
              {...props}
              max={data?.pricing.maxRemixFeeCredits}
              value={input.remixFeeCredits}
              onChange={(remixFeeCredits) => change({ remixFeeCredits })}
            />
          )}
        </Field>
      ) : null}
      {error && !field ? <Failure error={error} onRetry={submit} action={wayOn} /> : null}
      <DialogFoot onCancel={onCancel}>
        <Button type="submit" look="accent" busy={busy}>
          {action}
        </Button>
      </DialogFoot>
    </form>
  );
}

function Credits({
  value,
  onChange,
  ...rest
}: {
  id: string;
  className: string;
  /** Unknown until the prices are there. */
  max: number | undefined;
  value: number;
  onChange: (value: number) => void;
}) {
  return (
    <input
      {...rest}
      type="number"
      inputMode="numeric"
      min={0}
      step={1}
      value={value}
      onChange={({ target }) => onChange(Math.max(0, Math.floor(Number(target.value) || 0)))}
    />
  );
}
