import { type FormEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { session } from "../../app/session";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import styles from "./LoginPage.module.css";
import { type SentCode, useSendCode } from "./use-send-code";

const codeLength = 6;

interface Props {
  sent: SentCode;
  onSent: (sent: SentCode) => void;
  onChange: () => void;
}

export function CodeForm({ sent, onSent, onChange }: Props) {
  const t = useTranslations("login");
  const id = useId();
  const [code, setCode] = useState("");
  const [isLoggingIn, setLoggingIn] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const again = useSendCode(onSent);
  const sendAgain = () => void again.send(sent.phone);
  const seconds = useSecondsUntil(sent.retryAt);
  /** Six digits send themselves, and Enter may come right after: each code goes out once. */
  const tried = useRef("");

  const logIn = async (digits: string) => {
    if (digits === tried.current || isLoggingIn) return;
    tried.current = digits;
    setProblem(null);
    setLoggingIn(true);
    try {
      await session.logIn(sent.phone, digits);
    } catch (error) {
      tried.current = "";
      setProblem(error);
      setLoggingIn(false);
    }
  };
  const type = (text: string) => {
    const digits = text.replace(/\D/g, "").slice(0, codeLength);
    setCode(digits);
    if (digits.length === codeLength && digits !== code) void logIn(digits);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void logIn(code);
  };
  return (
    <form className={styles.form} onSubmit={submit}>
      <div className={styles.sentTo}>
        <span>{t("sentTo", { phone: sent.phone })}</span>
        <Button look="quiet" small onClick={onChange}>
          {t("change")}
        </Button>
      </div>
      <label htmlFor={id}>{t("code")}</label>
      <input
        id={id}
        className={`${styles.field} ${styles.code}`}
        name="code"
        inputMode="numeric"
        autoComplete="one-time-code"
        pattern="[0-9]{6}"
        // biome-ignore lint/a11y/noAutofocus: the page has one task
        autoFocus
        required
        value={code}
        onChange={({ target }) => type(target.value)}
        aria-invalid={problem !== null || undefined}
      />
      {sent.developmentCode ? (
        <p className={styles.hint}>{t("developmentCode", { code: sent.developmentCode })}</p>
      ) : null}
      {problem === null ? null : <Failure error={problem} onRetry={() => logIn(code)} />}
      {again.problem === null ? null : <Failure error={again.problem} onRetry={sendAgain} />}
      <Button type="submit" look="accent" wide busy={isLoggingIn && t("loggingIn")}>
        {t("logIn")}
      </Button>
      <Button
        look="quiet"
        blocked={seconds > 0 ? t("againIn", { seconds }) : null}
        busy={again.isSending && t("sending")}
        onClick={sendAgain}
      >
        {seconds > 0 ? t("againIn", { seconds }) : t("again")}
      </Button>
    </form>
  );
}

function useSecondsUntil(time: number): number {
  const [seconds, setSeconds] = useState(() => remaining(time));
  useEffect(() => {
    const timer = setInterval(() => setSeconds(remaining(time)), 500);
    return () => clearInterval(timer);
  }, [time]);
  return seconds;
}

function remaining(time: number): number {
  return Math.max(0, Math.ceil((time - Date.now()) / 1000));
}
