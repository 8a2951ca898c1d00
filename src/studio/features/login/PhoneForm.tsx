import { type FormEvent, useId, useState } from "react";
import { useTranslations } from "use-intl";
import { refusalOf } from "../../app/refusal";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import styles from "./LoginPage.module.css";
import { toE164 } from "./phone";
import { type SentCode, useSendCode } from "./use-send-code";

const phoneKey = "skyriff.phone";

export function PhoneForm({ onSent }: { onSent: (sent: SentCode) => void }) {
  const t = useTranslations("login");
  const id = useId();
  const [phone, setPhone] = useState(() => sessionStorage.getItem(phoneKey) ?? "");
  const { send, isSending, problem } = useSendCode(onSent);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    sessionStorage.setItem(phoneKey, phone);
    void send(toE164(phone));
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <label htmlFor={id}>{t("phone")}</label>
      <input
        id={id}
        className={styles.field}
        name="phone"
        type="tel"
        inputMode="tel"
        autoComplete="tel"
        // biome-ignore lint/a11y/noAutofocus: the page has one task
        autoFocus
        required
        value={phone}
        onChange={({ target }) => setPhone(target.value)}
        aria-describedby={`${id}-hint`}
        aria-invalid={(problem !== null && refusalOf(problem).field === "phone") || undefined}
      />
      <p id={`${id}-hint`} className={styles.hint}>
        {t("phoneHint")}
      </p>
      {problem === null ? null : <Failure error={problem} onRetry={submit} />}
      <Button type="submit" look="accent" wide busy={isSending && t("sending")}>
        {t("sendCode")}
      </Button>
    </form>
  );
}
