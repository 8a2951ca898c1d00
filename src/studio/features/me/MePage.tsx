import { useNavigate } from "@tanstack/react-router";
import LogOut from "lucide-react/icons/log-out";
import { useState } from "react";
import { type CombinedError, useClient } from "urql";
import { useTranslations } from "use-intl";
import { LogoutDocument, LogoutEverywhereDocument } from "../../../generated/operations";
import { chooseLanguage, useLanguage } from "../../app/language";
import { session } from "../../app/session";
import { chooseTheme, type Theme, useTheme } from "../../app/theme";
import { useUserId } from "../../app/viewer";
import { Button } from "../../ui/Button";
import { Failure } from "../../ui/Failure";
import { LogInFirst } from "../../ui/LogInFirst";
import { Segmented } from "../../ui/Segmented";
import { BlockedUsers } from "./BlockedUsers";
import { KeySwitch } from "./KeySwitch";
import styles from "./MePage.module.css";
import { Profile } from "./Profile";

const themes: Theme[] = ["system", "light", "dark"];

/** The viewer's profile, and what this browser is to do. */
export function MePage() {
  const t = useTranslations("me");
  const isVisitor = useUserId() === null;
  return (
    <div className={styles.page}>
      {isVisitor ? <LogInFirst title={t("title")} /> : <Profile />}
      <div className={styles.settings}>
        <section className={styles.section}>
          <h2>{t("appearance")}</h2>
          <Appearance />
        </section>
        {isVisitor ? null : (
          <>
            <section className={styles.section}>
              <h2>{t("session")}</h2>
              <LogOuts />
            </section>
            <BlockedUsers />
          </>
        )}
      </div>
    </div>
  );
}

function Appearance() {
  const t = useTranslations("me");
  const language = useLanguage();
  const theme = useTheme();
  return (
    <>
      <Segmented
        label={t("language")}
        value={language}
        onChange={chooseLanguage}
        options={[
          { value: "en", label: <span lang="en">English</span> },
          { value: "zh", label: <span lang="zh-CN">中文</span> },
        ]}
      />
      <Segmented
        label={t("theme")}
        value={theme}
        onChange={chooseTheme}
        options={themes.map((value) => ({ value, label: t(value) }))}
      />
      <KeySwitch />
    </>
  );
}

function LogOuts() {
  const t = useTranslations("me");
  const client = useClient();
  const navigate = useNavigate();
  const [error, setError] = useState<CombinedError | undefined>();
  const [busy, setBusy] = useState<"here" | "everywhere" | null>(null);
  const logOut = async (where: "here" | "everywhere") => {
    setBusy(where);
    setError(undefined);
    const document = where === "here" ? LogoutDocument : LogoutEverywhereDocument;
    const result = await client.mutation<unknown, Record<string, never>>(document, {}).toPromise();
    // Without an answer the tokens are forgotten here all the same, but other devices are still logged in.
    if (result.error && where === "everywhere" && session.userId !== null) {
      setBusy(null);
      return setError(result.error);
    }
    await navigate({ to: "/" });
    session.end("left");
  };
  return (
    <div className={styles.row}>
      <Button
        icon={<LogOut size={16} aria-hidden="true" />}
        busy={busy === "here" && "…"}
        onClick={() => logOut("here")}
      >
        {t("logOut")}
      </Button>
      <Button look="quiet" busy={busy === "everywhere" && "…"} onClick={() => logOut("everywhere")}>
        {t("logOutEverywhere")}
      </Button>
      {error ? <Failure error={error} onRetry={() => logOut("everywhere")} /> : null}
    </div>
  );
}
