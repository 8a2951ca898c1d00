import { useTranslations } from "use-intl";
import { chooseKeys, useKeysOn } from "../../app/keys";
import styles from "./MePage.module.css";

/** Keys of one letter can get in the way of speech input, so they can be turned off. */
export function KeySwitch() {
  const t = useTranslations("me");
  const isOn = useKeysOn();
  return (
    <label className={styles.check}>
      <input type="checkbox" checked={isOn} onChange={({ target }) => chooseKeys(target.checked)} />
      {t("keys")}
    </label>
  );
}
