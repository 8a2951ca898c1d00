import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslations } from "use-intl";
import { useUserId } from "../../app/viewer";
import { LogInFirst } from "../../ui/LogInFirst";
import { PageHead } from "../../ui/PageHead";
import styles from "./Wallet.module.css";

const active = { activeOptions: { exact: true }, activeProps: { "aria-current": "page" as const } };

interface Props {
  name: "statement" | "income";
  /** The sums, beside the list or above it. */
  balance: ReactNode;
  /** The list. */
  children: ReactNode;
}

/** Both halves of the wallet, credits to spend and income, in one frame. Visitors are asked to log in. */
export function WalletFrame({ name, balance, children }: Props) {
  const t = useTranslations("wallet");
  const isVisitor = useUserId() === null;
  if (isVisitor) return <LogInFirst title={name === "income" ? t("income") : t("title")} />;
  return (
    <>
      <PageHead title={t("title")}>
        <Link to="/wallet" {...active}>
          {t("statement")}
        </Link>
        <Link to="/wallet/income" {...active}>
          {t("income")}
        </Link>
      </PageHead>
      <div className={styles.columns}>
        <div className={styles.balance}>{balance}</div>
        {children}
      </div>
    </>
  );
}

interface Sum {
  value: string;
  label: string;
}

/** The free sum and the frozen one. */
export function Sums({ free, frozen }: { free: Sum; frozen: Sum }) {
  return (
    <dl className={styles.sums}>
      <div>
        <dd>{free.value}</dd>
        <dt>{free.label}</dt>
      </div>
      <div data-frozen>
        <dd>{frozen.value}</dd>
        <dt>{frozen.label}</dt>
      </div>
    </dl>
  );
}
