import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useQuery } from "urql";
import { useTranslations } from "use-intl";
import { CreatorPricesDocument, type IncomeState, IncomesDocument } from "../../../generated/operations";
import { shortCoins } from "../../app/coins";
import { usePages } from "../../app/pages";
import { useViewer } from "../../app/viewer";
import { buttonClass } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Segmented } from "../../ui/Segmented";
import { Skeleton } from "../../ui/Skeleton";
import { Income } from "./Income";
import { byDay, dayOf } from "./income-days";
import { NextRelease } from "./NextRelease";
import styles from "./Wallet.module.css";
import { Sums, WalletFrame } from "./WalletFrame";
import { WalletList } from "./WalletList";

const pageSize = 30;
const shown = ["ALL", "PENDING", "RELEASED"] as const;
type Shown = (typeof shown)[number];

/** Payments of others for the viewer's works, and when they can be used. */
export function IncomePage() {
  return (
    <WalletFrame name="income" balance={<Coins />}>
      <Incomes />
    </WalletFrame>
  );
}

function Coins() {
  const t = useTranslations("income");
  const wallet = useViewer()?.wallet;
  const [{ data }] = useQuery({ query: CreatorPricesDocument });
  if (!wallet || !data) return <Skeleton style={{ height: 140 }} />;
  const { creatorSharePercent, coinsPerCredit, incomeFreezeHours } = data.pricing;
  const days = incomeFreezeHours / 24;
  const freeze = Number.isInteger(days)
    ? t("freezeDays", { days })
    : t("freezeHours", { hours: incomeFreezeHours });
  return (
    <>
      <Sums
        free={{ value: shortCoins(wallet.coins), label: t("free") }}
        frozen={{ value: shortCoins(wallet.pendingCoins), label: t("frozen") }}
      />
      <NextRelease />
      <p>
        {t("rule", { percent: creatorSharePercent, coins: coinsPerCredit })}
        {freeze}
      </p>
    </>
  );
}

function Incomes() {
  const t = useTranslations("income");
  const [state, setState] = useState<Shown>("ALL");
  const pages = usePages("incomes", {
    query: IncomesDocument,
    variables: { first: pageSize, state: statesOf(state) },
    connection: ({ wallet }) => wallet.incomes,
    live: true,
  });
  const filter = (
    <Segmented
      label={t("show")}
      hideLabel
      value={state}
      onChange={setState}
      options={shown.map((value) => ({ value, label: t(`shown.${value}`) }))}
    />
  );
  return (
    <WalletList title={t("list")} filter={filter} pages={pages} empty={<NoIncome isAll={state === "ALL"} />}>
      {byDay(pages.items).map((incomes) => (
        <Day key={incomes[0].id} incomes={incomes} />
      ))}
    </WalletList>
  );
}

function Day({ incomes }: { incomes: ReturnType<typeof byDay>[number] }) {
  const t = useTranslations("income");
  const [first] = incomes;
  return (
    <section className={styles.day}>
      <h3>{t(`day.${first.state}`, { day: dayOf(first) })}</h3>
      <ul>
        {incomes.map((income) => (
          <Income key={income.id} income={income} />
        ))}
      </ul>
    </section>
  );
}

function NoIncome({ isAll }: { isAll: boolean }) {
  const t = useTranslations("income");
  if (!isAll) return <Empty>{t("noneOfThese")}</Empty>;
  return (
    <Empty
      action={
        <Link to="/library" search={{}} className={buttonClass({})}>
          {t("toLibrary")}
        </Link>
      }
    >
      {t("empty")}
    </Empty>
  );
}

function statesOf(shown: Shown): IncomeState[] | null {
  return shown === "ALL" ? null : [shown];
}
