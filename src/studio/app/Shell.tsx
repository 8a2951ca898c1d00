import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import Compass from "lucide-react/icons/compass";
import Film from "lucide-react/icons/film";
import Plus from "lucide-react/icons/plus";
import UserRound from "lucide-react/icons/user-round";
import Wallet from "lucide-react/icons/wallet";
import WifiOff from "lucide-react/icons/wifi-off";
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from "react";
import { useTranslations } from "use-intl";
import { Avatar } from "../ui/Avatar";
import { buttonClass } from "../ui/Button";
import { Credit } from "../ui/Credit";
import { cx } from "../ui/cx";
import { useOffline } from "./connection";
import { useKeyHint, useKeys } from "./keys";
import { chooseLanguage, useLanguage } from "./language";
import { useLiveViewer } from "./live";
import styles from "./Shell.module.css";
import { TaskNews } from "./TaskNews";
import { useTitle } from "./title";
import { useUserId, useViewer } from "./viewer";

const KeysDialog = lazy(() => import("./KeysDialog"));

/** The frame of every page: the bar above, the bar below on phones, and the line that says that one is offline. */
export function Shell() {
  const t = useTranslations("app");
  useLiveViewer();
  useHeadingFocus();
  useTitle();
  const [areKeysShown, showKeys] = useState(false);
  useKeys(useCallback(() => showKeys(true), []));
  return (
    <>
      <a className={styles.skip} href="#content">
        {t("skip")}
      </a>
      <Bar />
      <OfflineLine />
      <main id="content" className={styles.main} tabIndex={-1}>
        <Outlet />
      </main>
      <BottomBar />
      <TaskNews />
      <Suspense>{areKeysShown ? <KeysDialog onClose={() => showKeys(false)} /> : null}</Suspense>
    </>
  );
}

function Bar() {
  const t = useTranslations("app");
  const hint = useKeyHint();
  const isVisitor = useUserId() === null;
  return (
    <header className={styles.bar}>
      <div className={styles.inner}>
        <Link to="/" className={styles.mark} aria-label={t("home")}>
          <Mark />
          <span>SkyRiff</span>
        </Link>
        <nav className={styles.nav} aria-label={t("main")}>
          <Link
            to="/"
            activeProps={{ "aria-current": "page" }}
            activeOptions={{ includeSearch: false }}
            {...hint(t("discover"), "G D")}
          >
            {t("discover")}
          </Link>
          <Link to="/library" activeProps={{ "aria-current": "page" }} {...hint(t("library"), "G L")}>
            {t("library")}
          </Link>
        </nav>
        {isVisitor ? <VisitorTools /> : <OwnTools />}
      </div>
    </header>
  );
}

function VisitorTools() {
  const t = useTranslations("app");
  const language = useLanguage();
  const other = language === "zh" ? "en" : "zh";
  const path = useRouterState({ select: ({ location }) => location.href });
  const isLogin = path.startsWith("/login");
  return (
    <div className={styles.tools}>
      <button
        type="button"
        className={buttonClass({ look: "quiet" })}
        lang={other === "zh" ? "zh-CN" : "en"}
        onClick={() => chooseLanguage(other)}
      >
        {t("otherLanguage")}
      </button>
      {isLogin ? null : (
        <Link to="/login" search={{ to: path }} className={buttonClass({ look: "accent" })}>
          {t("logIn")}
        </Link>
      )}
    </div>
  );
}

function OwnTools() {
  const t = useTranslations("app");
  const hint = useKeyHint();
  const viewer = useViewer();
  return (
    <div className={styles.tools}>
      <Link
        to="/wallet"
        className={styles.balance}
        data-empty={!viewer || undefined}
        aria-label={viewer ? undefined : t("wallet")}
        {...hint(t("wallet"), "G W")}
      >
        <Credit />
        <strong>{viewer?.wallet.credits ?? ""}</strong>
        <span>{t("credits", { count: viewer?.wallet.credits ?? 0 })}</span>
      </Link>
      <Link
        to="/create"
        className={cx(buttonClass({ look: "accent" }), styles.create)}
        preload="intent"
        {...hint(t("create"), "C")}
      >
        <Plus size={18} aria-hidden="true" />
        {t("create")}
      </Link>
      <Link to="/me" className={styles.me} aria-label={t("me")}>
        <Avatar person={viewer?.viewer ?? { id: "", nickname: " " }} />
      </Link>
    </div>
  );
}

function BottomBar() {
  const t = useTranslations("app");
  const item = { activeProps: { "aria-current": "page" as const }, className: styles.item };
  return (
    <nav className={styles.bottom} aria-label={t("main")}>
      <Link to="/" activeOptions={{ includeSearch: false }} {...item}>
        <Compass size={20} aria-hidden="true" />
        {t("discover")}
      </Link>
      <Link to="/library" {...item}>
        <Film size={20} aria-hidden="true" />
        {t("library")}
      </Link>
      <Link to="/create" className={styles.plus} aria-label={t("create")}>
        <Plus size={22} aria-hidden="true" />
      </Link>
      <Link to="/wallet" {...item}>
        <Wallet size={20} aria-hidden="true" />
        {t("wallet")}
      </Link>
      <Link to="/me" {...item}>
        <UserRound size={20} aria-hidden="true" />
        {t("me")}
      </Link>
    </nav>
  );
}

function OfflineLine() {
  const t = useTranslations("app");
  const isOffline = useOffline();
  return (
    <div role="status" className={styles.offline} data-shown={isOffline || undefined}>
      {isOffline ? (
        <>
          <WifiOff size={18} aria-hidden="true" />
          <span>{t("offline")}</span>
        </>
      ) : null}
    </div>
  );
}

function Mark() {
  return (
    <svg width="26" height="26" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="var(--accent)" />
      <path
        d="M8 13.5v5M12 10v12M16 12.5v7M20 8v16M24 13.5v5"
        stroke="var(--on-accent)"
        strokeWidth="2.4"
        strokeLinecap="round"
      />
    </svg>
  );
}

/** A new page is announced by its heading: it gets the focus. */
function useHeadingFocus(): void {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const last = useRef(path);
  useEffect(() => {
    if (last.current === path) return;
    const isFirst = last.current === undefined;
    last.current = path;
    const page = document.getElementById("content");
    // A page with one field begins in it.
    if (isFirst || !page || document.activeElement?.matches("input, textarea")) return;
    let heading = focusHeading(page);
    // The heading of a page that is being loaded gives way to that of its data, which takes the focus over.
    const observer = new MutationObserver(() => {
      if (heading?.isConnected) return;
      if (document.activeElement === document.body) heading = focusHeading(page);
      else observer.disconnect();
    });
    observer.observe(page, { childList: true, subtree: true });
    return () => observer.disconnect();
  }, [path]);
}

function focusHeading(page: HTMLElement): HTMLElement | null {
  const heading = page.querySelector<HTMLElement>("h1");
  if (!heading) return null;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  return heading;
}
