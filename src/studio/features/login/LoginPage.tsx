import { useNavigate, useRouter, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { session } from "../../app/session";
import { useUserId } from "../../app/viewer";
import { Notice } from "../../ui/Notice";
import { CodeForm } from "./CodeForm";
import styles from "./LoginPage.module.css";
import { PhoneForm } from "./PhoneForm";
import type { SentCode } from "./use-send-code";

/** Logging in by phone: the number, then the code, then back to where one was. */
export function LoginPage() {
  const t = useTranslations("login");
  const { to } = useSearch({ from: "/login" });
  const { parseSearch } = useRouter().options;
  const navigate = useNavigate();
  const [sent, setSent] = useState<SentCode | null>(null);
  const [wasEnded] = useState(session.absence === "ended");
  const isLoggedIn = useUserId() !== null;
  useEffect(() => {
    if (!isLoggedIn) return;
    // As the router has it: without the path that the studio is served at.
    const { origin, pathname, search, hash } = new URL(
      to && URL.canParse(to, location.origin) ? to : "/",
      location.origin,
    );
    // Another site's address would begin with two slashes or a scheme.
    if (origin !== location.origin) return void navigate({ to: "/", replace: true });
    void navigate({ to: pathname, search: parseSearch(search) as never, hash: hash.slice(1), replace: true });
  }, [isLoggedIn, to, parseSearch, navigate]);
  return (
    <div className={styles.page}>
      <h1>{t("title")}</h1>
      <p className={styles.lead}>{t("lead")}</p>
      {wasEnded ? <Notice calm>{t("ended")}</Notice> : null}
      {sent ? (
        <CodeForm key={sent.retryAt} sent={sent} onSent={setSent} onChange={() => setSent(null)} />
      ) : (
        <PhoneForm onSent={setSent} />
      )}
      <p className={styles.terms}>{t("terms")}</p>
    </div>
  );
}
