import { Link } from "@tanstack/react-router";
import Coins from "lucide-react/icons/coins";
import { useFormatter, useTranslations } from "use-intl";
import type { IncomeFieldsFragment } from "../../../generated/operations";
import { fileUrl } from "../../app/root";
import styles from "./Entry.module.css";

/** One payment for a work, as far as it is the viewer's. */
export function Income({ income }: { income: IncomeFieldsFragment }) {
  const t = useTranslations("income");
  const format = useFormatter();
  const { work, payer, state, coins, paidCredits, level, type } = income;
  const title = payer ? t(`from.${type}`, { name: payer.nickname }) : t(`type.${type}`);
  const about = [
    work?.title ?? t("workGone"),
    level > 0 ? t("steps", { level }) : null,
    t("paid", { credits: paidCredits }),
  ];
  const text = (
    <>
      <span className={styles.type}>{title}</span>
      <span className={styles.about}>{about.filter(Boolean).join(" · ")}</span>
    </>
  );
  return (
    <li className={styles.entry} data-income>
      {work ? (
        <img src={fileUrl(work.thumbnailUrl)} alt="" width="56" height="40" loading="lazy" />
      ) : (
        <span className={styles.sign}>
          <Coins size={18} aria-hidden="true" />
        </span>
      )}
      {work ? (
        <Link to="/works/$id" params={{ id: work.id }} className={styles.text}>
          {text}
        </Link>
      ) : (
        <span className={styles.text}>{text}</span>
      )}
      <span className={styles.coins}>
        <strong className={styles.amount} data-in={state === "RELEASED" || undefined} data-state={state}>
          {state === "REVERSED" ? <s>{coins}</s> : `+${coins}`}
        </strong>
        {state === "PENDING" ? (
          <time dateTime={income.releaseAt} title={t("releaseAt")}>
            {format.dateTime(new Date(income.releaseAt), "short")}
          </time>
        ) : null}
      </span>
    </li>
  );
}
