import { useTranslations } from "use-intl";
import styles from "./Price.module.css";

/** The price, the balance, and the balance afterwards. For payments that do not come back. */
export function PriceList({ price, have }: { price: number; have: number }) {
  const t = useTranslations("price");
  return (
    <dl className={styles.list}>
      <dt>{t("price")}</dt>
      <dd>{t("credits", { count: price })}</dd>
      <dt>{t("have")}</dt>
      <dd>{have}</dd>
      <dt>{t("left")}</dt>
      <dd>{Math.max(0, have - price)}</dd>
    </dl>
  );
}
